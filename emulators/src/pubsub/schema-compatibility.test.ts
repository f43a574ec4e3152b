/** The cases are those of https://avro.apache.org/docs/1.11.1/specification/#schema-resolution and of Pub/Sub's page. */
import { describe, expect, test } from 'vitest';
import { incompatibility } from './schema-compatibility.ts';

const record = (...fields: object[]) => JSON.stringify({ type: 'record', name: 'R', fields });
const t = { name: 't', type: 'double' };
const enumOf = (symbols: string[], rest = {}) => ({
  name: 'e',
  type: { type: 'enum', name: 'E', symbols, ...rest },
});

describe('an Avro revision', () => {
  test.each([
    ['the same', record(t), record(t)],
    [
      'with a new field that has a default',
      record(t),
      record(t, { name: 'u', type: 'int', default: 0 }),
    ],
    [
      'without a field that had a default',
      record(t, { name: 'u', type: 'int', default: 0 }),
      record(t),
    ],
    [
      'with string for bytes, which read each other',
      record({ name: 's', type: 'bytes' }),
      record({ name: 's', type: 'string' }),
    ],
    [
      'that adds a symbol where both have a default',
      record(enumOf(['A'], { default: 'A' })),
      record(enumOf(['A', 'B'], { default: 'A' })),
    ],
    [
      'of a record that holds itself',
      record(t, { name: 'next', type: ['null', 'R'], default: null }),
      record(t, { name: 'next', type: ['null', 'R'], default: null }),
    ],
  ])('%s is taken', (_, before, after) => {
    expect(incompatibility('AVRO', before, after)).toBeUndefined();
  });

  test.each([
    [
      'a new field without default',
      record(t),
      record(t, { name: 'u', type: 'int' }),
      'field u has no default',
    ],
    [
      'a field gone that had no default',
      record(t, { name: 'u', type: 'int' }),
      record(t),
      'field u has no default',
    ],
    [
      'another type',
      record(t),
      record({ name: 't', type: 'string' }),
      'field t: double is not string',
    ],
    [
      'a wider type, which the old one cannot read',
      record({ name: 't', type: 'int' }),
      record({ name: 't', type: 'long' }),
      'field t: long is not int',
    ],
    ['another name', record(t), record(t).replace('"R"', '"S"'), 'R is not S'],
    ['a new symbol', record(enumOf(['A'])), record(enumOf(['A', 'B'])), 'E has no B'],
    [
      'a null that the old one does not take',
      record(t),
      record({ name: 't', type: ['null', 'double'] }),
      'null is not double',
    ],
    [
      'other items',
      record({ name: 'a', type: { type: 'array', items: 'int' } }),
      record({ name: 'a', type: { type: 'array', items: 'string' } }),
      'int is not string',
    ],
  ])('with %s is refused', (_, before, after, reason) => {
    expect(incompatibility('AVRO', before, after)).toContain(reason);
  });
});

describe('a protocol buffer revision', () => {
  const message = (body: string) => `syntax = "proto3"; message R { ${body} }`;
  test.each([
    ['a new optional field', 'string a = 1;', 'string a = 1; optional double b = 2;'],
    ['an optional field gone', 'string a = 1; double b = 2;', 'string a = 1;'],
    [
      'a message inside that gets one',
      'message I { int32 x = 1; } I i = 1;',
      'message I { int32 x = 1; int32 y = 2; } I i = 1;',
    ],
  ])('with %s is taken', (_, before, after) => {
    expect(incompatibility('PROTOCOL_BUFFER', message(before), message(after))).toBeUndefined();
  });

  test.each([
    ['another type', 'string a = 1;', 'int32 a = 1;', 'field a has changed'],
    ['another name', 'string a = 1;', 'string b = 1;', 'field a has changed'],
    [
      'a new repeated field',
      'string a = 1;',
      'string a = 1; repeated int32 b = 2;',
      'field b is not optional',
    ],
    [
      'a map gone',
      'string a = 1; map<string, int32> b = 2;',
      'string a = 1;',
      'field b is not optional',
    ],
    [
      'another enum',
      'enum E { X = 0; } E a = 1;',
      'enum E { X = 0; Y = 1; } E a = 1;',
      'enum E has changed',
    ],
    [
      'a changed message inside',
      'message I { int32 x = 1; } I i = 1;',
      'message I { string x = 1; } I i = 1;',
      'field x has changed',
    ],
  ])('with %s is refused', (_, before, after, reason) => {
    expect(incompatibility('PROTOCOL_BUFFER', message(before), message(after))).toBe(reason);
  });
});
