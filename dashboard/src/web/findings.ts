import { METRICS } from '@plumbline/contracts/metrics';
import { formatAmount, formatBand, formatShare, title, words } from './format.ts';
import { mean } from './pearson.ts';
import type { BuildingStepRow, CorrelationRow, StatisticRow } from './rows.ts';

/** Something worth knowing, in words, and the panel whose query shows it. */
export interface Finding {
  readonly text: string;
  readonly from: 'correlations' | 'statistics' | 'building-series';
}

interface Answers {
  readonly correlations: readonly CorrelationRow[];
  readonly statistics: readonly StatisticRow[];
  readonly buildings: readonly BuildingStepRow[];
}

/** What stands out, the most useful first; nothing if nothing does. */
export function findings({ correlations, statistics, buildings }: Answers): readonly Finding[] {
  return [
    ...mostBroken(statistics),
    ...mostChanged(buildings),
    ...strongest(correlations),
    ...mostUneven(statistics),
  ];
}

/** Places that break limits most often. */
function mostBroken(rows: readonly StatisticRow[]): Finding[] {
  return rows
    .filter((row) => row.rule_anomaly_share > 0 && row.reading_count >= 10)
    .toSorted((a, b) => b.rule_anomaly_share - a.rule_anomaly_share)
    .slice(0, 2)
    .map((row) => ({
      text: `${title(row.metric)} is outside its limits in ${formatShare(row.rule_anomaly_share)} of the values of ${placeOf(row)}, which go from ${formatBand(row.metric, row.min, row.max)}.`,
      from: 'statistics',
    }));
}

/** Buildings whose mean moved most from the first to the second half, measured in what is usual for the metric. */
function mostChanged(rows: readonly BuildingStepRow[]): Finding[] {
  const groups = Map.groupBy(rows, (row) => `${row.building} ${row.metric}`);
  return [...groups.values()]
    .flatMap((steps) => {
      const [first] = steps;
      const half = Math.floor(steps.length / 2);
      if (!first || half < 3) return [];
      const before = mean(steps.slice(0, half).map((step) => step.mean));
      const after = mean(steps.slice(half).map((step) => step.mean));
      const size = Math.abs(after - before) / Math.max(Math.abs(before), 1);
      return [{ ...first, before, after, size }];
    })
    .filter(
      ({ metric, before, after, size }) =>
        size > 0.02 && Math.abs(after - before) >= 2 * 10 ** -METRICS[metric].decimals,
    )
    .sort((a, b) => b.size - a.size)
    .slice(0, 2)
    .map(({ building, metric, before, after }) => ({
      text: `${title(metric)} in building ${building} ${after > before ? 'rose' : 'fell'} from ${formatAmount(metric, before)} in the first half of the range to ${formatAmount(metric, after)} in the second.`,
      from: 'building-series',
    }));
}

/** Metrics that move together or against each other. */
function strongest(rows: readonly CorrelationRow[]): Finding[] {
  return rows
    .filter((row) => Math.abs(row.correlation) >= 0.5)
    .toSorted((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation))
    .slice(0, 2)
    .map(({ metric, other, correlation }) => ({
      text: `${title(metric)} and ${words(other)} move ${correlation > 0 ? 'together' : 'against each other'} (r = ${correlation.toFixed(2)}).`,
      from: 'correlations',
    }));
}

/** The place that varies most, compared with the others. */
function mostUneven(rows: readonly StatisticRow[]): Finding[] {
  const byMetric = [...Map.groupBy(rows, (row) => row.metric).values()];
  return byMetric
    .flatMap((places) => {
      const usual = mean(places.map((row) => row.deviation));
      const [most] = places.toSorted((a, b) => b.deviation - a.deviation);
      return most && places.length > 2 && usual > 0
        ? [{ ...most, usual, times: most.deviation / usual }]
        : [];
    })
    .filter(({ times }) => times >= 2)
    .sort((a, b) => b.times - a.times)
    .slice(0, 1)
    .map((row) => ({
      text: `${title(row.metric)} varies ${row.times.toFixed(1)} times as much at ${placeOf(row)} as at the average place.`,
      from: 'statistics',
    }));
}

function placeOf({ building, floor, place_type }: StatisticRow): string {
  const parts = [
    building !== null && `building ${building}`,
    floor !== null && `floor ${floor}`,
    place_type &&
      (building === null && floor === null ? `${words(place_type)} places` : words(place_type)),
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(', ') : 'an unknown place';
}
