import { type BatchReading, BatchResult, DetectResponse, METRICS } from '@plumbline/contracts';
import { seededRandom, trainBundle } from '@plumbline/detection';
import { expect, test } from 'vitest';
import { ordinaryDays } from '../../test/model-bucket.ts';
import type { LoadedModel } from '../model/load-model.ts';
import { RULES } from '../rules.ts';
import { briefText, detectText, resultText } from './answer-text.ts';
import { judge } from './judge.ts';
import { type CheckedReading, groupReadings, judgeAlone } from './judge-alone.ts';
import { metricsOf } from './plain-reading.ts';
import { compileCheck } from './validation.ts';

const model = learned();

function judgeAll(used: LoadedModel | null, readings: readonly CheckedReading[]) {
  return judgeAlone(used, RULES, groupReadings(readings));
}

function learned(): LoadedModel {
  const series = ordinaryDays(1).map((one, i) => ({
    ...one,
    placeType: i % 2 === 0 ? 'office' : 'server_room',
  }));
  const options = { trainedAt: '2026-01-07T00:00:00Z', trees: 20, sampleSize: 64, seed: 1 };
  const { bundle } = trainBundle(series, options);
  if (bundle === null) throw new Error('the series are too short for a model');
  const version = '20260107T000000Z-00000000';
  return { version, sha256: '', trainedAt: bundle.trainedAt, bundle, profile: [] };
}

/** Some ordinary, some just inside and just outside of what is, some far out; all kinds mixed. */
function mixedReadings(count: number): CheckedReading[] {
  const random = seededRandom(7);
  return Array.from({ length: count }, (_, i) => {
    const reach = i % 5 === 0 ? 30 : 4;
    const near = (value: number, spread: number) => value + spread * (random() - 0.5);
    const reading: BatchReading = {
      device_id: `d${i % 7}`,
      timestamp: new Date(Date.UTC(2026, 0, 9) + i * 777_000).toISOString(),
      ...(i % 3 !== 0 && { temperature: near(22, 2 * reach) }),
      ...(i % 3 !== 1 && { vibration: Math.max(0, near(1.2, reach / 5)) }),
      ...(i % 11 === 0 && { occupancy: 3 }),
      ...(i % 4 !== 0 && { place: { type: ['office', 'server_room', 'attic'][i % 3] as string } }),
    };
    const atMs = Date.parse(reading.timestamp ?? '');
    return { reading, metrics: metricsOf(reading), atMs };
  });
}

test.each([['a model', model] as const, ['rules alone', null] as const])(
  'with %s, what is said of readings together is what is said of each as of an unknown device',
  (_, used) => {
    const readings = mixedReadings(1_500);
    const verdicts = judgeAll(used, readings);
    let anomalyCount = 0;
    for (const [place, { reading, atMs }] of readings.entries()) {
      const { decision } = judge(used, RULES, null, reading, atMs);
      const found = verdicts.decisionOf(place);
      expect(found).toEqual(decision);
      const one = readings[place] as CheckedReading;
      expect(judgeAll(used, [one]).decisionOf(0)).toEqual(decision);
      if (verdicts.isOrdinary(place)) {
        expect(found.is_anomaly).toBe(false);
        expect(verdicts.scoreOf(place)).toBe(found.score);
      }
      if (found.is_anomaly) anomalyCount++;
    }
    expect(anomalyCount).toBeGreaterThan(100);
    expect(anomalyCount).toBeLessThan(1_000);
  },
);

test('a metric that neither rule nor model knows is said to be unknown', () => {
  const reading = { device_id: 'a', light: METRICS.light.min };
  const checked = { reading, metrics: metricsOf(reading), atMs: 0 };
  const verdicts = judgeAll(model, [checked]);
  expect(verdicts.decisionOf(0)).toEqual(judge(model, RULES, null, reading, 0).decision);
});

test('answers written by hand are JSON of the right shape, with every field of the decision', () => {
  const isAnswer = compileCheck(DetectResponse);
  const isResult = compileCheck(BatchResult);
  const readings = mixedReadings(200);
  const verdicts = judgeAll(model, readings);
  for (const [place, { reading }] of readings.entries()) {
    const decision = verdicts.decisionOf(place);
    const timestamp = reading.timestamp ?? '';
    const { place: where, ...echoed } = reading;
    const answer = JSON.parse(detectText(reading, timestamp, decision));
    expect(isAnswer(answer)).toEqual([]);
    expect(answer).toMatchObject({ ...echoed, ...decision });
    const marked = { ...reading, reading_id: 'a "quoted"\n\u2028 id' };
    const result = JSON.parse(resultText(marked, timestamp, decision));
    expect(isResult(result)).toEqual([]);
    expect(result).toEqual({
      reading_id: marked.reading_id,
      device_id: reading.device_id,
      timestamp,
      ...decision,
    });
    if (!verdicts.isOrdinary(place)) continue;
    const brief = briefText(reading, timestamp, decision.score, decision.model_version);
    expect(isResult(JSON.parse(brief))).toEqual([]);
    expect(JSON.parse(brief)).toEqual({
      device_id: reading.device_id,
      timestamp,
      ...decision,
      detectors: [],
      metrics: [],
    });
  }
});
