import { expect, test } from 'vitest';
import { isAvroBinary, isAvroJson, parseAvro } from './avro.ts';

const record = (...fields: unknown[]) => JSON.stringify({ type: 'record', name: 'R', fields });
const field = (type: unknown) => record({ name: 'f', type });

// Encodings: https://avro.apache.org/docs/1.11.1/specification/#json_encoding
test.each([
  [field('string'), '{"f":"a"}', true],
  [field('string'), '{"f":1}', false],
  [field('string'), '{}', false],
  [field('string'), '{"f":"a","g":"b"}', false],
  [field('int'), '{"f":2147483648}', false],
  [field('long'), '{"f":2147483648}', true],
  [field('double'), '{"f":1.5}', true],
  [field('bytes'), '{"f":"\\u00ff"}', true],
  [field('bytes'), '{"f":"\\u0100"}', false],
  [field(['null', 'string']), '{"f":null}', true],
  [field(['null', 'string']), '{"f":{"string":"a"}}', true],
  [field(['null', 'string']), '{"f":"a"}', false],
  [field({ type: 'array', items: 'int' }), '{"f":[1,2]}', true],
  [field({ type: 'map', values: 'int' }), '{"f":{"a":1}}', true],
  [field({ type: 'enum', name: 'E', symbols: ['A'] }), '{"f":"B"}', false],
  [field({ type: 'fixed', name: 'F', size: 2 }), '{"f":"ab"}', true],
  [field({ type: 'long', logicalType: 'timestamp-millis' }), '{"f":1}', true],
  [field(['null', 'R']), '{"f":{"R":{"f":null}}}', true],
])('%s and %s: %s', (schema, json, expected) => {
  expect(isAvroJson(parseAvro(schema), JSON.parse(json))).toBe(expected);
});

// https://avro.apache.org/docs/1.11.1/specification/#binary-encoding: {"a": 27, "b": "foo"} is
// 36 06 66 6f 6f, the array [3, 27] is 04 06 36 00, "a" in the union [string, null] is 00 02 61.
test.each([
  [record({ name: 'a', type: 'long' }, { name: 'b', type: 'string' }), '3606666f6f', true],
  [record({ name: 'a', type: 'long' }, { name: 'b', type: 'string' }), '3606666f', false],
  [record({ name: 'a', type: 'long' }, { name: 'b', type: 'string' }), '3606666f6f00', false],
  [field({ type: 'array', items: 'long' }), '04063600', true],
  [field({ type: 'array', items: 'long' }), '0304063600', true],
  [field(['string', 'null']), '000261', true],
  [field(['string', 'null']), '02', true],
  [field(['string', 'null']), '04', false],
  [field('boolean'), '02', false],
  [field('double'), '0000000000000000', true],
])('%s and the bytes %s: %s', (schema, hex, expected) => {
  expect(isAvroBinary(parseAvro(schema), Buffer.from(hex, 'hex'))).toBe(expected);
});

test.each([
  ['not JSON', 'not JSON'],
  ['"string"', 'the top-level type must be a record'],
  ['{"type":"record","name":"R"}', 'a record must have fields'],
  ['{"type":"record","name":"1","fields":[]}', 'a named type must have a name'],
  [field('strong'), 'unknown type, got "strong"'],
  [field(['int', 'int']), 'a union must have different branches'],
  [record({ name: 'f', type: 'int' }, { name: 'f', type: 'int' }), 'a field comes twice'],
])('the schema %s is refused', (schema, message) => {
  expect(() => parseAvro(schema)).toThrow(message);
});
