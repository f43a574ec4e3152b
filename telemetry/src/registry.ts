/** Metrics in Prometheus' text format 0.0.4. Label sets are closed and few, so nothing here grows without bound. */
export interface Registry {
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  histogram(
    name: string,
    help: string,
    buckets: readonly number[],
    labels?: readonly string[],
  ): Histogram;
  /** Asked for its values whenever the metrics are read. */
  sampled(
    type: 'gauge' | 'counter',
    name: string,
    help: string,
    labels: readonly string[],
    read: () => readonly Sample[],
  ): void;
  text(): string;
}

export interface Counter {
  /** Label values in the order in which the labels were declared. */
  add(amount: number, ...labels: string[]): void;
  /** The same for one set of labels that counts often. */
  of(...labels: string[]): (amount: number) => void;
}

export interface Histogram {
  observe(value: number, ...labels: string[]): void;
  /** The same for one set of labels that is observed often. */
  of(...labels: string[]): (value: number) => void;
}

export interface Sample {
  readonly value: number;
  readonly labels?: readonly string[];
}

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function createRegistry(): Registry {
  const families: (() => string[])[] = [];
  return {
    counter(name, help, labels = []) {
      const values = new Map<string, { total: number }>();
      if (labels.length === 0) values.set('', { total: 0 });
      families.push(() => [
        ...head(name, help, 'counter'),
        ...[...values].map(([set, { total }]) => `${name}${braced(set)} ${total}`),
      ]);
      const of = (...given: string[]) => {
        const entry = entryOf(values, labelSet(labels, given), () => ({ total: 0 }));
        return (amount: number) => {
          entry.total += amount;
        };
      };
      return { of, add: (amount, ...given) => of(...given)(amount) };
    },
    histogram(name, help, buckets, labels = []) {
      const values = new Map<string, { counts: number[]; sum: number }>();
      families.push(() => [
        ...head(name, help, 'histogram'),
        ...[...values].flatMap(([set, { counts, sum }]) => {
          const bound = (le: string) => braced(set === '' ? `le="${le}"` : `${set},le="${le}"`);
          let total = 0;
          const lines = [...buckets.map(String), '+Inf'].map((le, i) => {
            total += counts[i] ?? 0;
            return `${name}_bucket${bound(le)} ${total}`;
          });
          return [
            ...lines,
            `${name}_sum${braced(set)} ${sum}`,
            `${name}_count${braced(set)} ${total}`,
          ];
        }),
      ]);
      const of = (...given: string[]) => {
        const entry = entryOf(values, labelSet(labels, given), () => ({
          counts: new Array<number>(buckets.length + 1).fill(0),
          sum: 0,
        }));
        return (value: number) => {
          let bucket = 0;
          while (bucket < buckets.length && (buckets[bucket] as number) < value) bucket++;
          entry.counts[bucket] = (entry.counts[bucket] as number) + 1;
          entry.sum += value;
        };
      };
      return { of, observe: (value, ...given) => of(...given)(value) };
    },
    sampled(type, name, help, labels, read) {
      families.push(() => [
        ...head(name, help, type),
        ...read().map(
          (sample) => `${name}${braced(labelSet(labels, sample.labels ?? []))} ${sample.value}`,
        ),
      ]);
    },
    text: () => `${families.flatMap((lines) => lines()).join('\n')}\n`,
  };
}

function entryOf<Entry>(entries: Map<string, Entry>, set: string, create: () => Entry): Entry {
  let entry = entries.get(set);
  if (entry === undefined) {
    entry = create();
    entries.set(set, entry);
  }
  return entry;
}

function head(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function braced(set: string): string {
  return set === '' ? '' : `{${set}}`;
}

function labelSet(names: readonly string[], values: readonly string[]): string {
  return names.map((name, i) => `${name}="${escaped(values[i] ?? '')}"`).join(',');
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
