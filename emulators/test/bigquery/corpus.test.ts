import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BigQueryEmulator, startBigQuery } from '../../src/bigquery/index.ts';
import { type Answer, type Plain, startReference } from './reference.ts';
import { ask } from './rest.ts';

const folder = new URL('./corpus/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const lines = (name: string): string[] =>
  read(name)
    .split('\n')
    .filter((line) => line !== '');
/** What Google's reference implementation answers: `record-corpus.ts` writes it. */
const recorded = JSON.parse(read('reference.json')) as Record<string, Answer>;
/** What Google's documentation says, where the reference cannot, or is not what BigQuery does. */
const documented = JSON.parse(read('documented.json')) as Record<string, Answer & { why: string }>;
const areas = readdirSync(folder).filter((name) => name.endsWith('.sql') && name !== 'refused.sql');

let emulator: BigQueryEmulator;
let url: string;
beforeAll(async () => {
  emulator = await startBigQuery();
  url = emulator.env.BIGQUERY_EMULATOR_HOST ?? '';
});
afterAll(() => emulator.stop());

/** Floats may differ in the last digits: sums are not taken in one order. */
function isSame(a: Plain, b: Plain): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isSame(item, b[index] ?? null));
  }
  if (typeof a === 'number' && typeof b === 'number') {
    return a === b || Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
  }
  return a === b;
}

/** Undefined where the answers agree, else both. Where Google fails, it is enough to fail. */
function difference(sql: string, wanted: Answer, got: Answer): object | undefined {
  if ('error' in wanted) return 'error' in got ? undefined : { sql, wanted, got };
  if ('rows' in got && isSame(wanted.rows, got.rows)) return undefined;
  return { sql, wanted, got };
}

describe.each(areas)('%s', (area) => {
  test('answers as Google does', async () => {
    const differences: object[] = [];
    for (const sql of lines(area)) {
      const wanted = documented[sql] ?? recorded[sql];
      if (wanted === undefined) throw new Error(`not recorded: ${sql}`);
      const found = difference(sql, wanted, await ask(url, sql));
      if (found !== undefined) differences.push(found);
    }
    expect(differences).toEqual([]);
  });
});

test('answers as the documentation says', async () => {
  const differences: object[] = [];
  for (const [sql, wanted] of Object.entries(documented)) {
    const got = await ask(url, sql);
    const hasMessage = 'error' in wanted && 'error' in got && got.error.includes(wanted.error);
    if ('error' in wanted ? !hasMessage : difference(sql, wanted, got))
      differences.push({ sql, wanted, got });
  }
  expect(differences).toEqual([]);
});

test('what is not supported is refused, never answered', async () => {
  for (const sql of lines('refused.sql')) {
    expect(await ask(url, sql), sql).toMatchObject({
      error: expect.stringMatching(/is not supported by the local emulator: .+ at \[1:\d+\]$/),
    });
  }
});

test('the recorded answers are those of the reference implementation', async (context) => {
  const reference = await startReference();
  if (reference === null) return context.skip('@fivetrandevelopers/zetasql is not installed');
  try {
    for (const area of areas) {
      for (const sql of lines(area))
        expect(await reference.evaluate(sql), sql).toEqual(recorded[sql]);
    }
  } finally {
    reference.stop();
  }
});
