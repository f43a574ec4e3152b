import { seededRandom } from '@plumbline/detection';

/** Everything that may or may not happen, from one seed, and how often it did. */
export interface Chances {
  /** In [0, 1). */
  random(): number;
  /** True with this probability, counted when it is. */
  happens(name: string, probability: number): boolean;
  count(name: string): void;
  readonly counts: Readonly<Record<string, number>>;
}

export function createChances(seed: number): Chances {
  const random = seededRandom(seed);
  const counts: Record<string, number> = {};
  const count = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  return {
    random,
    counts,
    count,
    happens(name, probability) {
      const isHappening = random() < probability;
      if (isHappening) count(name);
      return isHappening;
    },
  };
}
