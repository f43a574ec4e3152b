import type { TopicName } from './resources.ts';

/** A shape that Pub/Sub itself asks of every message of a topic. */
export interface TopicSchema {
  /** Name of the schema: what it describes, and its version. */
  readonly name: string;
  readonly type: 'PROTOCOL_BUFFER';
  readonly encoding: 'JSON';
  /** In the language of protocol buffers: one message, no imports. */
  readonly definition: string;
}

/** An alert, the version `alert/1` that its attribute `schema` names. A field may be added; none may change. */
const ALERT = `syntax = "proto3";

// The first anomaly of an episode: one fault, one alert.
message Alert {
  message Place {
    string building = 1;
    int32 floor = 2;
    string room = 3;
    string type = 4;
  }
  string reading_id = 1;
  string device_id = 2;
  // RFC 3339, UTC.
  string measured_at = 3;
  Place place = 4;
  // warning or critical.
  string severity = 5;
  repeated string anomaly_types = 6;
  // A sentence that says what is off and what was expected.
  string explanation = 7;
  // Absent if rules alone judged.
  string model_version = 8;
}
`;

/**
 * Schemas of topics on which our own code publishes for others to read: whoever subscribes can rely on the shape.
 *
 * `readings` has none on purpose: docs/decisions/0005-schemas.md.
 */
export const TOPIC_SCHEMAS: Readonly<Partial<Record<TopicName, TopicSchema>>> = {
  anomalies: { name: 'alert-1', type: 'PROTOCOL_BUFFER', encoding: 'JSON', definition: ALERT },
};
