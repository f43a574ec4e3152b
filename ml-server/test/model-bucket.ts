import { Storage } from '@google-cloud/storage';
import { seededRandom, type TrainingSeries, trainBundle } from '@plumbline/detection';
import { startStorage } from '@plumbline/emulators';
import { onTestFinished } from 'vitest';
import { encodeModel } from '../src/model/load-model.ts';
import {
  type PointerRole,
  pointTo,
  referenceTo,
  type VersionReference,
} from '../src/model/model-pointer.ts';
import { type ModelStore, openModelStore } from '../src/model/model-store.ts';
import { profileOf } from '../src/train/profile.ts';

export const MODEL = 'sensors';

/** A bucket in the emulator, reached by Google's client; gone when the test ends. */
export async function startModelBucket() {
  const emulator = await startStorage();
  onTestFinished(() => emulator.stop());
  const storage = new Storage({
    projectId: 'test',
    apiEndpoint: `http://${emulator.host}`,
    retryOptions: { autoRetry: false },
  });
  const [bucket] = await storage.createBucket('test-models');
  return { emulator, bucket, store: openModelStore(bucket, MODEL) };
}

/** Machines at work: temperature around 22 °C by the hour of day, vibration around 1.2 mm/s. */
export function ordinaryDays(seed: number, devices = 4, readingsEach = 400): TrainingSeries[] {
  const random = seededRandom(seed);
  const noise = () => random() + random() + random() - 1.5;
  return Array.from({ length: devices }, () => ({
    points: Array.from({ length: readingsEach }, (_, i) => {
      const atMs = Date.UTC(2026, 0, 5) + i * 300_000;
      const daily = Math.sin((2 * Math.PI * i) / 288);
      return {
        atMs,
        metrics: { temperature: 22 + 2 * daily + noise(), vibration: 1.2 + 0.3 * noise() },
      };
    }),
  }));
}

/** The bytes of a small but real model. */
export function trainedModel(
  seed: number,
  trees = 20,
  series = ordinaryDays(seed),
  sampleSize = 64,
) {
  const trainedAt = new Date(Date.UTC(2026, 0, 7) + seed * 1000).toISOString();
  const { bundle } = trainBundle(series, { trainedAt, trees, sampleSize, seed });
  if (bundle === null) throw new Error('the series are too short for a model');
  const bytes = encodeModel(bundle, profileOf(bundle, series));
  return { bundle, bytes, reference: referenceTo(bytes, trainedAt) };
}

/** Stores a model version and makes it current, as the trainer does. */
export async function publishModel(
  store: ModelStore,
  model: { bytes: Buffer; reference: VersionReference },
): Promise<void> {
  await store.writeFile(model.reference.version, 'model.json', model.bytes);
  await promote(store, model.reference);
}

export async function promote(
  store: ModelStore,
  reference: VersionReference,
  role: PointerRole = 'current',
): Promise<void> {
  const before = await store.readPointer(role);
  const pointer = pointTo(MODEL, reference, before?.pointer ?? null, '2026-01-08T00:00:00.000Z');
  const isWritten = await store.writePointer(role, pointer, before?.generation ?? '0');
  if (!isWritten) throw new Error('another writer was faster');
}
