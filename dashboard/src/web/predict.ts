import type { DetectResponse } from '@plumbline/contracts/detect';
import { METRICS, type MetricName } from '@plumbline/contracts/metrics';
import { problemText } from './fetch-panel.ts';

/** Values of the metrics that a person switched on. */
export type Values = Readonly<Partial<Record<MetricName, number>>>;

/** Where a slider may go: narrower than what is plausible, so that a hand can set it. */
export const SLIDERS: Readonly<Record<MetricName, { min: number; max: number; start: number }>> = {
  temperature: { min: -10, max: 90, start: 22 },
  humidity: { min: 0, max: 100, start: 45 },
  co2: { min: 300, max: 5000, start: 600 },
  occupancy: { min: 0, max: 100, start: 4 },
  energy: { min: 0, max: 50, start: 1 },
  air_quality: { min: 0, max: 500, start: 40 },
  pressure: { min: 900, max: 1100, start: 1013 },
  vibration: { min: 0, max: 15, start: 1.2 },
  sound: { min: 0, max: 130, start: 45 },
  sound_low: { min: 0, max: 130, start: 37 },
  sound_mid: { min: 0, max: 130, start: 43 },
  sound_high: { min: 0, max: 130, start: 37 },
  light: { min: 0, max: 5000, start: 400 },
  voltage: { min: 0, max: 12, start: 3.1 },
};

/** What is worth trying; every metric is in at least one. */
export const PRESETS: Readonly<Record<string, Values>> = {
  Normal: { temperature: 22, vibration: 1.2 },
  Overheating: { temperature: 48, vibration: 1.3 },
  'Cold snap': { temperature: 4, humidity: 80 },
  'Vibration fault': { temperature: 24, vibration: 7.5 },
  'Bad air': { temperature: 24, humidity: 62, co2: 2400, air_quality: 180 },
  Crowded: { co2: 1600, occupancy: 60, sound: 82 },
  Damp: { temperature: 20, humidity: 96 },
  'Power draw': { energy: 38, temperature: 26 },
  'Low pressure': { pressure: 945 },
  'Bearing noise': { vibration: 3.2, sound: 88, sound_low: 61, sound_mid: 70, sound_high: 87 },
  'Lights left on': { light: 4200, occupancy: 0 },
  'Flat battery': { voltage: 1.9 },
};

export interface Prediction {
  readonly answer: DetectResponse;
  readonly tookMs: number;
}

/** Asks the ML server, through the dashboard's server. Throws an Error that a person can read. */
export async function predict(
  device: string,
  values: Values,
  signal: AbortSignal,
): Promise<Prediction> {
  const startedAtMs = performance.now();
  const response = await fetch('/api/detect', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ device_id: device, ...values }),
    signal,
  });
  if (!response.ok) throw new Error(await problemText(response));
  const answer = (await response.json()) as DetectResponse;
  return { answer, tookMs: performance.now() - startedAtMs };
}

/** The step of a slider: one in the last digit that a person wants to see. */
export function stepOf(metric: MetricName): number {
  return 10 ** -METRICS[metric].decimals;
}
