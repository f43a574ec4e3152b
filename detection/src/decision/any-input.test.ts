import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ModelBundle } from '../model/bundle.ts';
import { trainBundle } from '../model/train-bundle.ts';
import { decide } from './decide.ts';
import type { DeviceState } from './device-state.ts';
import { loadDeviceState, saveDeviceState } from './saved-device-state.ts';

const value = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -3, max: 3 }) },
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const step = fc.record({
  waitMs: fc.oneof(fc.constant(1000), fc.integer({ min: -5000, max: 1e9 })),
  metrics: fc.dictionary(fc.constantFrom('temperature', 'humidity', '__proto__', 'x'), value, {
    minKeys: 1,
    noNullPrototype: true,
  }),
});
const { bundle } = trainBundle(
  [
    {
      points: Array.from({ length: 60 }, (_, i) => ({
        atMs: i * 1000,
        metrics: { temperature: 20 + (i % 5), humidity: 40 + (i % 7) },
      })),
    },
  ],
  { trainedAt: '2026-01-01T00:00:00Z', trees: 10 },
);

test('whatever finite values come in whatever order, decisions are whole and states can be stored', () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 350, maxLength: 450 }),
      fc.boolean(),
      (steps, hasModel) => {
        let state: DeviceState | null = null;
        let atMs = 1e12;
        for (const { waitMs, metrics } of steps) {
          if (Object.keys(metrics).length === 0) continue;
          atMs += waitMs;
          const decided = decide(hasModel ? (bundle as ModelBundle) : null, state, {
            atMs,
            metrics,
          });
          const { decision } = decided;
          expect(Number.isFinite(decision.score)).toBe(true);
          expect(decision.score).toBeGreaterThanOrEqual(0);
          expect(decision.isAnomaly).toBe(decision.threshold <= decision.score);
          expect(decision.severity === 'normal').toBe(!decision.isAnomaly);
          expect(decision.types.length === 0).toBe(!decision.isAnomaly);
          const shares = decision.metrics.reduce((sum, one) => sum + one.contribution, 0);
          expect(shares === 0 || Math.abs(shares - 1) < 1e-9).toBe(true);
          state = decided.state;
        }
        const text = saveDeviceState(state as unknown as DeviceState);
        expect(saveDeviceState(loadDeviceState(text))).toBe(text);
      },
    ),
    { numRuns: 15 },
  );
});
