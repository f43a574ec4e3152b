import { describe, expect, test } from 'vitest';
import { driftOf, versionLines } from './serving.ts';

describe('versions side by side', () => {
  test('those that are stored and those that scored are listed once, newest first, rules last', () => {
    const stored = [
      { version: '20260103T000000Z-c', roles: ['challenger'] },
      { version: '20260102T000000Z-b', roles: ['current'] },
    ];
    const rows = [
      { model_version: null },
      { model_version: '20260101T000000Z-a' },
      { model_version: '20260102T000000Z-b' },
    ];
    const records = [{ model_version: '20260102T000000Z-b', found_count: 3 }];
    expect(versionLines(stored, rows, records)).toEqual([
      { version: '20260103T000000Z-c', roles: ['challenger'], said: null, record: null },
      { version: '20260102T000000Z-b', roles: ['current'], said: rows[2], record: records[0] },
      { version: '20260101T000000Z-a', roles: [], said: rows[1], record: null },
      { version: null, roles: null, said: rows[0], record: null },
    ]);
  });
});

test.each([
  [0, 'none'],
  [0.0999, 'none'],
  [0.1, 'some'],
  [0.25, 'some'],
  [0.2501, 'much'],
])('an index of %d is %s drift', (index, expected) => {
  expect(driftOf(index)).toBe(expected);
});
