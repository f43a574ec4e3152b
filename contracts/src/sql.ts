import { readFileSync } from 'node:fs';
import { METRIC_NAMES } from './metrics.ts';
import {
  type AggregationReach,
  DATASET,
  SCHEDULED_QUERIES,
  type ScheduledQueryName,
} from './resources.ts';
import type { RoutineName } from './routines.ts';
import { RULE_LIMITS } from './rule-limits.ts';
import type { ViewName } from './tables.ts';

/** The query of a view, in GoogleSQL. */
export function viewSql(name: ViewName): string {
  return render(name, {});
}

/** The body of a routine, in GoogleSQL: an expression, or the query of a table function. */
export function routineSql(name: RoutineName): string {
  return render(name, {}).trim();
}

/** A scheduled query in GoogleSQL. Takes one parameter, `@run_time`, as BigQuery's scheduler gives it. */
export function scheduledSql(
  name: ScheduledQueryName,
  reach: AggregationReach = SCHEDULED_QUERIES[name].reach,
): string {
  return render('aggregate-1m', {
    look_back_minutes: String(reach.lookBackMinutes),
    horizon_minutes: String(reach.horizonMinutes),
  });
}

function render(name: string, values: Readonly<Record<string, string>>): string {
  const all: Readonly<Record<string, string>> = {
    dataset: DATASET,
    metric_structs: METRIC_NAMES.map(
      (metric) => `STRUCT('${metric}' AS metric, reading.${metric} AS value)`,
    ).join(',\n  '),
    limit_rows: limitRows(),
    ...values,
  };
  const text = readFileSync(new URL(`../sql/${name}.sql`, import.meta.url), 'utf8');
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => {
    const value = all[key];
    if (value === undefined) throw new Error(`contracts/sql/${name}.sql: no value for {{${key}}}`);
    return value;
  });
}

function limitRows(): string {
  const number = (value: number | undefined) => `CAST(${value ?? 'NULL'} AS FLOAT64)`;
  return RULE_LIMITS.map(
    ({ metric, placeType, low, high, criticalLow, criticalHigh }) =>
      `SELECT '${metric}' AS metric, CAST(${placeType ? `'${placeType}'` : 'NULL'} AS STRING) AS place_type, ` +
      `${number(low)} AS low, ${number(high)} AS high, ` +
      `${number(criticalLow)} AS critical_low, ${number(criticalHigh)} AS critical_high`,
  ).join('\nUNION ALL\n');
}
