import { METRIC_NAMES, TABLES } from '@plumbline/contracts';
import { expect, test } from 'vitest';
import { synthesise } from './synthesised.ts';

interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode: string;
  readonly fields?: readonly Field[];
}

/**
 * True if the Google provider would delete the table and make it anew for a change of schema. It changes in place
 * only if no column changes its type or becomes stricter, no new column is REQUIRED, and columns are not added and
 * dropped at once.
 *
 * Source: terraform-provider-google, resource_bigquery_table.go, resourceBigQueryTableSchemaIsChangeable.
 */
function replacesTable(before: readonly Field[], after: readonly Field[]): boolean {
  const old = new Map(before.map((field) => [field.name, field]));
  const added = after.filter(({ name }) => !old.has(name));
  const isDropping = before.some(({ name }) => !after.some((field) => field.name === name));
  if (added.some(({ mode }) => mode === 'REQUIRED')) return true;
  if (isDropping && added.length > 0) return true;
  return after.some((field) => {
    const was = old.get(field.name);
    if (was === undefined) return false;
    const isLoosened = was.mode === 'REQUIRED' && field.mode === 'NULLABLE';
    if (was.type !== field.type || (was.mode !== field.mode && !isLoosened)) return true;
    return replacesTable(was.fields ?? [], field.fields ?? []);
  });
}

const newest = METRIC_NAMES.at(-1);

test('a new metric is a new column of the same table', () => {
  const table = synthesise('prod').pipeline.one(
    'google_bigquery_table',
    'table_id',
    'readings_raw',
  );
  const after: Field[] = JSON.parse(table.schema);
  const before = after.filter(({ name }) => name !== newest);
  expect(after).toHaveLength(before.length + 1);
  expect(replacesTable(before, after)).toBe(false);
});

test('the other tables do not depend on the catalogue of metrics at all', () => {
  const { readings_raw: _, ...others } = TABLES;
  for (const table of Object.values(others)) {
    expect(table.columns.map(({ name }) => name)).not.toContain(newest);
  }
});

test('a change that would cost the data is told apart', () => {
  const a = { name: 'a', type: 'STRING', mode: 'NULLABLE' };
  const b = { name: 'b', type: 'STRING', mode: 'NULLABLE' };
  expect(replacesTable([a], [a, { ...b, mode: 'REQUIRED' }])).toBe(true);
  expect(replacesTable([a], [b])).toBe(true);
  expect(replacesTable([a], [{ ...a, type: 'FLOAT64' }])).toBe(true);
  expect(replacesTable([a, b], [a])).toBe(false);
  expect(replacesTable([{ ...a, fields: [a] }], [{ ...a, fields: [b] }])).toBe(true);
});
