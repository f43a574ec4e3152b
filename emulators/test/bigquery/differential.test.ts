import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BigQueryEmulator, startBigQuery } from '../../src/bigquery/index.ts';
import { generateQuery } from './generate.ts';
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
    return a === b || Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
  }
  return a === b;
}

/**
 * A wrong answer. An error where Google answers is loud, so it is none; and DuckDB may leave out an
 * operand that would fail where the result is NULL anyway, as it may in BigQuery.
 */
function isSilentlyDifferent(google: Answer, ours: Answer): boolean {
  if ('error' in ours) return false;
  if ('rows' in google) return !isSame(google.rows, ours.rows);
  return ours.rows[0]?.[0] !== null && !google.error.includes('Grouping is not defined');
}

test("generated queries get no answer that differs from Google's", {
  timeout: 120_000,
}, async (context) => {
  if (reference === null) return context.skip('@fivetrandevelopers/zetasql is not installed');
  const random = seeded(SEED);
  const differences: object[] = [];
  let answered = 0;
  for (let count = 0; count < QUERIES; count += 1) {
    const sql = generateQuery(random, 1 + Math.floor(random() * DEPTH));
    const [google, ours] = await Promise.all([
      reference.evaluate(sql),
      ask(emulator.env.BIGQUERY_EMULATOR_HOST ?? '', sql),
    ]);
    if ('rows' in google && 'rows' in ours) answered += 1;
    if (isSilentlyDifferent(google, ours)) differences.push({ sql, google, ours });
  }
  expect(differences).toEqual([]);
  // Else the check has nothing to bite on.
  expect(answered).toBeGreaterThan(QUERIES * 0.75);
});
