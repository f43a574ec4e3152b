import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { fromJson, toJson } from './json.ts';

const { root } = protobuf.parse(`syntax = "proto3";
  message M {
    string text = 1; bytes data = 2; bool flag = 3; int64 big = 4; double real = 5; float less = 6;
    repeated int32 many = 7; map<string, string> labels = 8; Kind kind = 9; M inner_message = 10;
    enum Kind { NONE = 0; SOME = 1; }
  }`);
const type = root.lookupType('M');

// https://protobuf.dev/programming-guides/json
test.each([
  ['{"text":"a","flag":true}', { text: 'a', flag: true }],
  ['{"data":"aGk="}', { data: Buffer.from('hi') }],
  ['{"data":"_-8"}', { data: Buffer.from([255, 239]) }],
  ['{"big":"12","many":[1,"2"]}', { big: 12, many: [1, 2] }],
  ['{"real":1.5,"less":"NaN"}', { real: 1.5, less: Number.NaN }],
  ['{"labels":{"a":"b"}}', { labels: { a: 'b' } }],
  ['{"kind":"SOME"}', { kind: 'SOME' }],
  ['{"kind":1}', { kind: 'SOME' }],
  ['{"inner_message":{"text":"a"}}', { innerMessage: { text: 'a' } }],
  ['{"innerMessage":{"text":null}}', { innerMessage: {} }],
])('%s is read', (text, expected) => {
  expect(fromJson(type, JSON.parse(text))).toEqual(expected);
});

test.each([
  ['[]', "Invalid value at 'request': wanted an object, got []"],
  ['{"test":1}', 'Unknown name "test" at \'request\''],
  ['{"inner_message":{"x":1}}', 'Unknown name "x" at \'inner_message\''],
  ['{"text":1}', "Invalid value at 'text': wanted a string, got 1"],
  ['{"many":[1.5]}', "Invalid value at 'many[0]': wanted an integer, got 1.5"],
  ['{"big":""}', "Invalid value at 'big': wanted an integer"],
  ['{"real":"one"}', "Invalid value at 'real': wanted a number"],
  ['{"data":"?"}', "Invalid value at 'data': wanted base64"],
  ['{"kind":"OTHER"}', 'wanted one of NONE,SOME, got "OTHER"'],
  ['{"__proto__":{"text":"a"}}', 'Unknown name "__proto__"'],
])('%s is refused with the place', (text, message) => {
  expect(() => fromJson(type, JSON.parse(text))).toThrow(message);
});

test('defaults are left out, 64-bit numbers are strings, an empty message stays', () => {
  const fields = { text: '', flag: false, big: 12, many: [], labels: {}, data: Buffer.from('hi') };
  expect(toJson(type, { ...fields, innerMessage: {} })).toEqual({
    big: '12',
    data: 'aGk=',
    innerMessage: {},
  });
});
