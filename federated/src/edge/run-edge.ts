import { setTimeout as sleep } from 'node:timers/promises';
import { METRIC_NAMES, type MetricName, type Reading } from '@plumbline/contracts';
import type { Fleet } from '@plumbline/simulator';
import { initialWeights, shapeFor, weightCount } from '../model/autoencoder.ts';
import { createDeviceLearner, type DeviceLearner } from './device-learner.ts';
import { type CoordinatorClient, takePart } from './exchange.ts';

/** Told what devices do, for whoever counts. */
export interface EdgeEvents {
  readonly onScored?: (isAnomaly: boolean) => void;
  /** True if the update takes part in its round. */
  readonly onUpdate?: (isTaken: boolean) => void;
  readonly onTrained?: (seconds: number) => void;
}

export interface EdgeOptions extends EdgeEvents {
  readonly fleet: Fleet;
  readonly client: CoordinatorClient;
  /** Rows that make one point. */
  readonly windowSize: number;
  /** Between two trainings of a device's own weights. */
  readonly trainEveryMs: number;
  /** Between two questions to the coordinator. */
  readonly askEveryMs: number;
  /** How much of their own past devices remember when they start. */
  readonly pastMs: number;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly onTrouble: (error: Error) => void;
}

/** Epochs a round, and from the global weights to a device's own. */
const EPOCHS = 2;
const PERSONAL_EPOCHS = 20;

interface EdgeDevice {
  readonly clientId: string;
  readonly index: number;
  readonly learner: DeviceLearner;
  weights: Float64Array;
  seenMs: number;
}

/** The metrics of a fleet's devices, in the order in which rows have them. */
export function metricsOf(fleet: Fleet): MetricName[] {
  const kinds = Object.values(fleet.profile.kinds);
  return METRIC_NAMES.filter((name) => kinds.every(({ metrics }) => metrics[name]));
}

/**
 * Runs a learner for each device of a simulated fleet until the signal, as each device's own computer would.
 *
 * A device trains as soon as it knows its past, then once every `trainEveryMs`; one after the other, so that a
 * machine that stands for many devices keeps answering.
 */
export async function runEdge(options: EdgeOptions, signal: AbortSignal): Promise<void> {
  const { fleet, client, windowSize, now, random } = options;
  const metrics = metricsOf(fleet);
  const shape = shapeFor(metrics.length * windowSize);
  const start = initialWeights(shape, random);
  const startMs = now() - options.pastMs;
  const devices = fleet.devices.map(
    ({ deviceId }, index): EdgeDevice => ({
      clientId: deviceId,
      index,
      learner: createDeviceLearner(start, {
        shape,
        windowSize,
        epochs: EPOCHS,
        personalEpochs: PERSONAL_EPOCHS,
        random,
      }),
      weights: start,
      seenMs: startMs,
    }),
  );
  // The scale that its first rows would give a device calls most of its past strange.
  for (const device of devices) {
    for (const row of newRows(device)) device.learner.remember(row);
  }
  let nextTrainMs = now();
  while (!signal.aborted) {
    const isTraining = nextTrainMs <= now();
    if (isTraining) nextTrainMs = now() + options.trainEveryMs;
    for (const device of devices) {
      if (signal.aborted) return;
      measure(device);
      try {
        const { weights, sent } = await takePart(
          client,
          device.clientId,
          device.learner,
          weightCount(shape),
        );
        device.weights = weights;
        if (sent !== 'nothing') options.onUpdate?.(sent === 'accepted');
      } catch (error) {
        options.onTrouble(error as Error);
      }
      if (isTraining) {
        const startMs = performance.now();
        device.learner.personalise(device.weights);
        options.onTrained?.((performance.now() - startMs) / 1000);
      }
    }
    await sleep(options.askEveryMs, undefined, { signal }).catch(() => {});
  }

  /** Takes in what the device measured since the last look. */
  function measure(device: EdgeDevice): void {
    for (const row of newRows(device)) {
      const score = device.learner.observe(row);
      if (score !== undefined) options.onScored?.(score.isAnomaly);
    }
  }

  function newRows(device: EdgeDevice): number[][] {
    const period = { fromMs: device.seenMs, toMs: now() };
    device.seenMs = period.toMs;
    return [...fleet.moments(device.index, period)].flatMap((atMs) => {
      const row = rowOf(fleet.readingAt(device.index, atMs), metrics);
      return row === undefined ? [] : [row];
    });
  }
}

/** The values of a reading in order; undefined if one is missing. */
function rowOf(reading: Reading | undefined, metrics: readonly MetricName[]) {
  const row = metrics.map((name) => reading?.metrics[name]);
  return row.every((value) => value !== undefined) ? (row as number[]) : undefined;
}
