import { ConfigError } from '@plumbline/contracts';

const FIELDS = ['device_id', 'metric', 'building', 'floor', 'room', 'type'] as const;
export type TopicField = (typeof FIELDS)[number];

/** How topics name devices, e.g. `sites/{building}/{floor}/{device_id}/{metric}`. */
export interface TopicTemplate {
  /** The subscription that brings these topics, e.g. `sites/+/+/+/+`. */
  readonly filter: string;
  /** What a topic says; undefined if it is not of this template. */
  match(topic: string): Readonly<Partial<Record<TopicField, string>>> | undefined;
}

/**
 * Reads a template: levels between slashes, each a text, a `{field}` or `+` for any.
 *
 * `{device_id}` must be there: the topic, over which a broker's access rules watch, is what tells the device. With
 * `{metric}` a message is one value, without it a whole reading.
 *
 * @throws ConfigError that names the level
 */
export function parseTopicTemplate(template: string): TopicTemplate {
  const levels = template.split('/').map((level) => {
    const [, field] = /^\{(.*)\}$/.exec(level) ?? [];
    if (field === undefined) {
      const isText = level === '+' || (level !== '' && !/[+#{}$\0]/.test(level));
      if (!isText) throw wrong(template, `level "${level}" is no text, no {field} and no +`);
      return { text: level === '+' ? undefined : level };
    }
    const known = FIELDS.find((name) => name === field);
    if (known === undefined) {
      throw wrong(template, `{${field}} is not one of ${FIELDS.join(', ')}`);
    }
    return { field: known };
  });
  const fields = levels.flatMap(({ field }) => field ?? []);
  if (!fields.includes('device_id')) throw wrong(template, '{device_id} is missing');
  if (new Set(fields).size < fields.length) throw wrong(template, 'a field comes twice');

  return {
    filter: levels.map(({ text }) => text ?? '+').join('/'),
    match(topic) {
      const given = topic.split('/');
      if (given.length !== levels.length) return undefined;
      const said: Partial<Record<TopicField, string>> = {};
      for (const [position, { text, field }] of levels.entries()) {
        const level = given[position] as string;
        if (text !== undefined && text !== level) return undefined;
        if (field !== undefined) said[field] = level;
      }
      return said;
    },
  };
}

function wrong(template: string, detail: string): ConfigError {
  return new ConfigError([`MQTT_TOPICS "${template}": ${detail}`]);
}
