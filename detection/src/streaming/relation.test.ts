import { expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { followRelation, type RelationModel } from './relation.ts';

/** Two metrics that rise and fall together; from `brokenAt` the second is off for a while, within its range. */
function follow(brokenAt: number, count: number) {
  const random = seededRandom(3);
  let model: RelationModel | null = null;
  const decades: number[] = [];
  const metrics: (string | undefined)[] = [];
  for (let i = 0; i < count; i++) {
    const level = 2 * Math.sin(i / 25);
    const alone = brokenAt <= i && i < brokenAt + 60 ? -level : 0;
    const humidity = 40 - 5 * (level + alone) + random();
    const temperature = 20 + level + 0.2 * random();
    const followed = followRelation(model, ['temperature', 'humidity'], [temperature, humidity]);
    model = followed.model;
    decades.push(followed.evidence?.decades ?? 0);
    metrics.push(followed.evidence?.metric);
  }
  return { decades, metrics, model };
}

test('a metric that leaves the other is rarer than all their ordinary ways', () => {
  const { decades } = follow(2552, 2640);
  const usual = Math.max(...decades.slice(600, 2500));
  expect(Math.max(...decades.slice(2552, 2640))).toBeGreaterThan(1.3 * usual);
});

test('one person who comes where hardly anybody does is no break, a crowd is', () => {
  const random = seededRandom(9);
  const peakAfter = (people: number) => {
    let model: RelationModel | null = null;
    let peak = 0;
    for (let i = 0; i < 1500; i++) {
      const isThere = 1400 <= i && i < 1420;
      // So short and so rare that a step of one person is many deviations.
      const isVisit = i < 1300 && i % 400 < 4;
      const occupancy = isThere ? people : isVisit ? 1 : 0;
      const followed = followRelation(
        model,
        ['co2', 'occupancy'],
        [460 + 20 * random(), occupancy],
      );
      model = followed.model;
      if (isThere) peak = Math.max(peak, followed.evidence?.decades ?? 0);
    }
    return peak;
  };
  expect(peakAfter(1)).toBeLessThan(4);
  expect(peakAfter(8)).toBeGreaterThan(5);
});

test('goes on alike from a copy of its model, in whatever order the metrics come', () => {
  const { model } = follow(0, 1000);
  const live = followRelation(model, ['temperature', 'humidity'], [22, 31]);
  const copy = followRelation(structuredClone(model), ['humidity', 'temperature'], [31, 22]);
  expect(copy).toEqual(live);
  expect(live.evidence).not.toBeNull();
});

test('says nothing of one metric, of a new device, or when a metric is new', () => {
  expect(followRelation(null, ['temperature'], [20])).toEqual({ evidence: null, model: null });
  const { decades, model } = follow(0, 530);
  expect(new Set(decades)).toEqual(new Set([0]));
  expect(followRelation(model, ['co2', 'temperature'], [500, 20]).model?.count).toBe(0);
});

test.each([
  ['flat lines', () => 5],
  ['huge values', (i: number) => (i % 3 ? 1e300 : -1e300)],
  ['equal metrics', (i: number) => Math.sin(i)],
])('stays finite on %s', (_what, value) => {
  let model: RelationModel | null = null;
  for (let i = 0; i < 1200; i++) {
    const followed = followRelation(model, ['a', 'b'], [value(i), value(i)]);
    model = followed.model;
    expect(Number.isFinite(followed.evidence?.decades ?? 0)).toBe(true);
  }
});
