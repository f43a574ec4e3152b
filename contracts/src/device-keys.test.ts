import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { findDeviceKey, maySpeakFor, parseDeviceKeys } from './device-keys.ts';

const sha256 = createHash('sha256').update('secret').digest('hex');
const key = { name: 'lab', sha256, devices: ['lab-*', 'hall-1'], readings_per_second: 50 };

test('a key is found by what it hashes to, and speaks for its devices alone', () => {
  const keys = parseDeviceKeys(JSON.stringify([key]));
  const found = findDeviceKey(keys, 'Bearer secret');
  expect(found).toMatchObject({ name: 'lab', readingsPerSecond: 50 });
  for (const wrong of ['Bearer secre', 'Bearer ', 'secret', undefined]) {
    expect(findDeviceKey(keys, wrong)).toBeUndefined();
  }
  const speaks = ['lab-7', 'hall-1', 'hall-10', 'other'].filter(
    (id) => found && maySpeakFor(found, id),
  );
  expect(speaks).toEqual(['lab-7', 'hall-1']);
});

test.each([
  ['{', 'not JSON'],
  ['[]', 'expected an array of keys'],
  [[{ ...key, name: 'Lab' }], '/0/name must be lower case, up to 64'],
  [[key, { ...key, sha256: 'secret' }], '/1/sha256 must be 64 hex digits'],
  [[{ ...key, devices: ['*-lab'] }], '/0/devices must be a list'],
  [[{ ...key, readings_per_second: 0 }], '/0/readings_per_second must be above 0'],
  [[{ ...key, key: 'secret' }], '/0/key must be left out'],
])('a wrong file is refused with the place: %j', (file, message) => {
  const text = typeof file === 'string' ? file : JSON.stringify(file);
  expect(() => parseDeviceKeys(text)).toThrow(message);
});
