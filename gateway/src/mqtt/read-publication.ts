import {
  type DeadLetterReason,
  MAX_MESSAGE_BYTES,
  MAX_READINGS_PER_MESSAGE,
  parseReading,
  type Reading,
} from '@plumbline/contracts';
import type { TopicField, TopicTemplate } from './topic-template.ts';

/** What the broker delivered. */
export interface Publication {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** True for the last message of a topic that the broker kept for those who come later. */
  readonly isRetained: boolean;
  readonly receivedAtMs: number;
}

export interface ReadPublication {
  readonly readings: readonly Reading[];
  readonly refused: readonly { readonly reason: DeadLetterReason; readonly detail: string }[];
}

/**
 * Reads what a device published.
 *
 * The device is the one that the topic names: a payload that names another is refused. On a topic with a metric the
 * payload is a number, or an object `{ value, unit?, timestamp?, reading_id? }`; on others a reading in any wire
 * form, or an array of up to 500, whose `device_id` may be left out. What the topic says of the place holds over the
 * payload. A payload without a time was measured when it was received, unless the broker had kept it, for then
 * nobody knows when that was.
 */
export function readPublication(
  templates: readonly TopicTemplate[],
  publication: Publication,
): ReadPublication {
  const said = matchTopic(templates, publication.topic);
  if (said === undefined) return refuse('invalid_field', 'topic: no template fits it');
  const { payload } = publication;
  if (MAX_MESSAGE_BYTES < payload.byteLength) {
    return refuse('too_large', `${payload.byteLength} bytes, at most ${MAX_MESSAGE_BYTES}`);
  }
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    return refuse('not_json', 'the payload is not JSON');
  }
  const items = Array.isArray(body) ? body : [body];
  if (MAX_READINGS_PER_MESSAGE < items.length) {
    const detail = `${items.length} readings, at most ${MAX_READINGS_PER_MESSAGE}`;
    return refuse('too_many_readings', detail);
  }
  const results = items.map((item) => readItem(said, item, publication));
  return {
    readings: results.flatMap((result) => (result.ok ? [result.reading] : [])),
    refused: results.flatMap((result) => (result.ok ? [] : [result])),
  };
}

type Said = Readonly<Partial<Record<TopicField, string>>>;

function matchTopic(templates: readonly TopicTemplate[], topic: string): Said | undefined {
  for (const template of templates) {
    const said = template.match(topic);
    if (said !== undefined) return said;
  }
  return undefined;
}

function refuse(reason: DeadLetterReason, detail: string): ReadPublication {
  return { readings: [], refused: [{ reason, detail }] };
}

function readItem(said: Said, item: unknown, publication: Publication) {
  const isObject = typeof item === 'object' && item !== null && !Array.isArray(item);
  const given: Fields = isObject
    ? (item as Fields)
    : said.metric === undefined
      ? {}
      : { value: item };
  if (!isObject && said.metric === undefined) return parseReading(item);
  const named = given.device_id ?? given.sensor_id ?? said.device_id;
  if (named !== said.device_id) {
    const detail = 'device_id: the payload names another device than the topic';
    return { ok: false, reason: 'invalid_field', detail } as const;
  }
  const time = given.measured_at ?? given.timestamp;
  if ((time === undefined || time === null) && publication.isRetained) {
    const detail = 'timestamp: a retained message without a time could be of any time';
    return { ok: false, reason: 'missing_field', detail } as const;
  }
  const measuredAt = time ?? new Date(publication.receivedAtMs).toISOString();
  const { device_id: _device, sensor_id: _sensor, timestamp: _time, ...rest } = given;
  const content =
    said.metric === undefined
      ? rest
      : {
          sensor_type: said.metric,
          value: given.value,
          unit: given.unit,
          reading_id: given.reading_id,
          label: given.label,
        };
  return parseReading({
    ...content,
    device_id: said.device_id,
    measured_at: measuredAt,
    place: placeOf(said, given),
  });
}

type Fields = Readonly<Record<string, unknown>>;

/** The place as the payload has it, and the topic's word over that. */
function placeOf(said: Said, given: Fields): Fields {
  const { building, floor, room, type } = said;
  const own =
    typeof given.place === 'object' && given.place !== null
      ? given.place
      : {
          building: given.building,
          floor: given.floor,
          room: given.room,
          type: given.room_type ?? given.location,
        };
  return {
    ...own,
    ...(building !== undefined && { building }),
    // Kept as it is when it is no whole number, for the refusal to name it.
    ...(floor !== undefined && { floor: /^-?\d{1,4}$/.test(floor) ? Number(floor) : floor }),
    ...(room !== undefined && { room }),
    ...(type !== undefined && { type }),
  };
}
