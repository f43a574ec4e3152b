import { METRIC_NAMES } from '@plumbline/contracts';
import type { PointColumns } from '@plumbline/detection';
import type { MetricSet } from './plain-reading.ts';

/** Readings in columns, and where each of them stands. */
export interface GroupedReadings {
  readonly count: number;
  /** One for each set of metrics and type of place. */
  readonly groups: readonly PointColumns[];
  /** Of each reading: its group, and its place in that. */
  readonly groupOf: readonly number[];
  readonly placeOf: readonly number[];
}

/** Takes readings one after the other and puts them into columns. */
export interface Gathering {
  /** The group of a reading with these metrics; its values are still to be added, one to each column. */
  add(set: MetricSet, placeType: string | undefined, atMs: number): GrowingGroup;
  end(): GroupedReadings;
}

export interface GrowingGroup extends PointColumns {
  readonly set: MetricSet;
  readonly placeType?: string;
  /** Where its metrics stand in `METRIC_NAMES`. */
  readonly sources: readonly number[];
  readonly times: number[];
  readonly values: readonly number[][];
}

/** Each made once: whoever judges recognises the same array of names at a glance. */
const namedSets = new Map<MetricSet, Pick<GrowingGroup, 'metrics' | 'sources'>>();

export function gatherReadings(): Gathering {
  const groups: GrowingGroup[] = [];
  const groupOf: number[] = [];
  const placeOf: number[] = [];
  let byKey: Map<string, number> | null = null;
  let at = 0;

  return {
    add(set, placeType, atMs) {
      let group = groups[at];
      if (group?.set !== set || group.placeType !== placeType) group = find(set, placeType);
      groupOf.push(at);
      placeOf.push(group.times.length);
      group.times.push(atMs);
      return group;
    },
    end: () => ({ count: groupOf.length, groups, groupOf, placeOf }),
  };

  function find(set: MetricSet, placeType: string | undefined): GrowingGroup {
    const [first] = groups;
    if (first !== undefined && byKey === null)
      byKey = new Map([[keyOf(first.set, first.placeType), 0]]);
    const key = first === undefined ? '' : keyOf(set, placeType);
    at = byKey?.get(key) ?? groups.length;
    const known = groups[at];
    if (known !== undefined) return known;
    const { metrics, sources } = namedSet(set);
    const values = metrics.map(() => []);
    const group =
      placeType === undefined
        ? { set, metrics, sources, times: [], values }
        : { set, placeType, metrics, sources, times: [], values };
    byKey?.set(key, at);
    groups.push(group);
    return group;
  }
}

function keyOf(set: MetricSet, placeType: string | undefined): string {
  return placeType === undefined ? `${set}` : `${set} ${placeType}`;
}

function namedSet(set: MetricSet) {
  let named = namedSets.get(set);
  if (named === undefined) {
    const sources = METRIC_NAMES.map((_, i) => i).filter((i) => (set & (1 << i)) !== 0);
    named = { sources, metrics: sources.map((i) => METRIC_NAMES[i] as string) };
    namedSets.set(set, named);
  }
  return named;
}
