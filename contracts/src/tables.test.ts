import { expect, test } from 'vitest';
import type { Column, Table } from './columns.ts';
import { METRIC_NAMES } from './metrics.ts';
import { SCHEDULED_QUERIES, type ScheduledQueryName } from './resources.ts';
import { ROUTINES, type RoutineName } from './routines.ts';
import { routineSql, scheduledSql, viewSql } from './sql.ts';
import { TABLES, VIEWS, type ViewName } from './tables.ts';

const tables = Object.entries<Table>(TABLES);

test.each(tables)('%s says what each column means', (_, table) => {
  const all = (columns: readonly Column[]): Column[] =>
    columns.flatMap((column) => [column, ...all(column.fields ?? [])]);
  for (const column of all(table.columns)) expect(column.description.length).toBeGreaterThan(8);
});

test.each(tables)('%s is partitioned and clustered by columns that it has', (_, table) => {
  const names = table.columns.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining([table.partitionBy, ...table.clusterBy]));
  expect(new Set(names).size).toBe(names.length);
});

test('every metric of the catalogue is a column and a measurement', () => {
  const columns = TABLES.readings_raw.columns.map(({ name }) => name);
  expect(columns).toEqual(expect.arrayContaining([...METRIC_NAMES]));
  for (const name of METRIC_NAMES) expect(viewSql('measurements')).toContain(`'${name}' AS metric`);
});

test('no placeholder is left in any SQL', () => {
  const texts = [
    ...(Object.keys(VIEWS) as ViewName[]).map(viewSql),
    ...(Object.keys(ROUTINES) as RoutineName[]).map(routineSql),
    ...(Object.keys(SCHEDULED_QUERIES) as ScheduledQueryName[]).map((name) => scheduledSql(name)),
  ];
  for (const text of texts) expect(text).not.toContain('{{');
});
