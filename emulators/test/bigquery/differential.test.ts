import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BigQueryEmulator, startBigQuery } from '../../src/bigquery/index.ts';
import { generateCall, generateQuery } from './generate.ts';
import { generatePivot } from './generate-pivot.ts';
import { generateGroupingSets, inExactWords, QUERY_AREAS } from './generate-queries.ts';
import { type Answer, type Plain, type Reference, startReference } from './reference.ts';
import { ask } from './rest.ts';

const QUERIES = 400;
const DEPTH = 3;
/** `DIFFERENTIAL_SEED=5 npx vitest run emulators/test/bigquery/differential.test.ts` looks elsewhere. */
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 3);

let emulator: BigQueryEmulator;
let reference: Reference | null;
beforeAll(async () => {
  emulator = await startBigQuery();
  reference = await startReference();
});
afterAll(async () => {
  reference?.stop();
  await emulator.stop();
});

/** mulberry32: the same queries from the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function isSame(a: Plain, b: Plain): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isSame(item, b[index] ?? null));
  }
  if (typeof a === 'number' && typeof b === 'number') {
    // Sums and means are not taken in one order.
    return (
      a === b || Math.abs(a - b) <= Math.max(1e-18, 1e-12 * Math.max(Math.abs(a), Math.abs(b)))
    );
  }
  return a === b;
}

/** A wrong answer, or one where Google fails. An error where Google answers is loud, so it is none. */
function isSilentlyDifferent(sql: string, google: Answer, ours: Answer): boolean {
  if ('error' in ours) return false;
  if ('rows' in google) return !isSame(google.rows, ours.rows);
  // BigQuery groups by FLOAT64, which the reference does not; and AND and OR may leave out a side.
  return !google.error.includes('Grouping is not defined') && !/ (?:AND|OR) /.test(sql);
}

/** Asks both for each pair of texts that mean the same; gives the differences that nobody would notice. */
async function compare(
  google: Reference,
  pairs: readonly { readonly ours: string; readonly google: string }[],
): Promise<object[]> {
  const differences: object[] = [];
  let answered = 0;
  for (const pair of pairs) {
    const [wanted, got] = await Promise.all([
      google.evaluate(pair.google),
      ask(emulator.env.BIGQUERY_EMULATOR_HOST ?? '', pair.ours),
    ]);
    if ('rows' in wanted && 'rows' in got) answered += 1;
    // An argument that fails fails where it is used: a function is its text, as in BigQuery.
    const isComparable = !pair.ours.startsWith('CREATE') || 'rows' in wanted;
    if (isComparable && isSilentlyDifferent(pair.ours, wanted, got))
      differences.push({ sql: pair.ours, wanted, got });
  }
  // Else the check has nothing to bite on.
  expect(answered).toBeGreaterThan(pairs.length * 0.75);
  return differences;
}

describe('what is generated gets no answer that differs from that of Google', () => {
  const random = seeded(SEED);
  const some = <Item>(count: number, make: () => Item): Item[] =>
    Array.from({ length: count }, make);
  const depth = () => 1 + Math.floor(random() * DEPTH);
  type Area = [name: string, pairs: { ours: string; google: string }[]];
  const areas: Area[] = [
    [
      'expressions',
      some(QUERIES, () => generateQuery(random, depth())).map((sql) => ({
        ours: sql,
        google: sql,
      })),
    ],
    [
      'calls of functions',
      some(QUERIES / 4, () => generateCall(random, depth())).map(({ call, same }) => ({
        ours: call,
        google: same,
      })),
    ],
    [
      'PIVOT and UNPIVOT',
      some(QUERIES / 4, () => generatePivot(random)).map((sql) => ({ ours: sql, google: sql })),
    ],
    ['grouping sets', some(QUERIES / 4, () => generateGroupingSets(random))],
    ...Object.entries(QUERY_AREAS).map(
      ([area, make]): Area => [
        area,
        some(QUERIES / 4, () => make(random)).map((sql) => ({
          ours: sql,
          google: inExactWords(sql),
        })),
      ],
    ),
  ];
  for (const [area, pairs] of areas) {
    test(area, { timeout: 300_000 }, async (context) => {
      if (reference === null) return context.skip('@fivetrandevelopers/zetasql is not installed');
      expect(await compare(reference, pairs)).toEqual([]);
    });
  }
});
