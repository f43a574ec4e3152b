import type { TrainingSeries } from '@plumbline/detection';
import { expect, test } from 'vitest';
import { ordinaryDays, trainedModel } from '../../test/model-bucket.ts';
import { loadModel } from './load-model.ts';
import { referenceTo, type VersionReference } from './model-pointer.ts';
import { ModelRefused } from './model-refused.ts';

const AT = '2026-01-07T00:00:00.000Z';

test('no flipped bit and no truncation of a model gets through', () => {
  const { bytes, reference } = smallModel();
  expect(loadModel(reference, bytes).version).toBe(reference.version);
  let refusedCount = 0;
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    if (isRefused(reference, withFlippedBit(bytes, bit))) refusedCount++;
  }
  for (let length = 0; length < bytes.length; length++) {
    if (isRefused(reference, bytes.subarray(0, length))) refusedCount++;
  }
  expect(refusedCount).toBe(bytes.length * 9);
});

test('a model damaged before its checksum was taken is refused, or loads and keeps its golden scores, and never crashes the reader', () => {
  const { bytes } = smallModel();
  let refusedCount = 0;
  for (let byte = 0; byte < bytes.length; byte++) {
    const damaged = withFlippedBit(bytes, byte * 8 + (byte % 8));
    if (isRefused(referenceTo(damaged, AT), damaged)) refusedCount++;
  }
  // The rest are flips that no golden vector can tell, e.g. in the count of samples.
  expect(refusedCount).toBeGreaterThan(bytes.length / 2);
});

test('a model that scores its golden vectors otherwise than when it was stored is refused', () => {
  const saved = JSON.parse(smallModel().bytes.toString('utf8'));
  saved.bundle.models[0].golden[0].score += 1e-6;
  const bytes = Buffer.from(JSON.stringify(saved));
  expect(() => loadModel(referenceTo(bytes, AT), bytes)).toThrow(ModelRefused);
});

function isRefused(reference: VersionReference, bytes: Buffer): boolean {
  try {
    loadModel(reference, bytes);
    return false;
  } catch (error) {
    if (error instanceof ModelRefused) return true;
    throw error;
  }
}

function withFlippedBit(bytes: Buffer, bit: number): Buffer {
  const damaged = Buffer.from(bytes);
  damaged.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return damaged;
}

function smallModel() {
  const series = ordinaryDays(1, 1, 60).map(
    ({ points }): TrainingSeries => ({
      points: points.map(({ atMs, metrics }) => ({
        atMs,
        metrics: { temperature: metrics.temperature as number },
      })),
    }),
  );
  return trainedModel(1, 2, series);
}
