import { IsolationForest } from 'isolation-forest';
import { cpuMs } from './cpu-time.ts';
import type { PeerTimes } from './scikit-learn-peer.ts';

const SINGLE_ROWS = 50;

/** Times of npm's isolation-forest with its defaults (100 trees of 256, which it ignores) on the same rows. */
export function measureNpmForest(rows: Float32Array, dimensions: number): PeerTimes {
  const objects = Array.from({ length: rows.length / dimensions }, (_, row) =>
    Object.fromEntries(
      Array.from({ length: dimensions }, (_, i) => [`f${i}`, rows[row * dimensions + i] as number]),
    ),
  );
  const forest = new IsolationForest();
  return {
    version: '0.0.9',
    fitMs: timeMs(() => forest.fit(objects)),
    scoreMs: timeMs(() => forest.predict(objects)),
    oneRowMs:
      timeMs(() => {
        for (const row of objects.slice(0, SINGLE_ROWS)) forest.predict([row]);
      }) / SINGLE_ROWS,
  };
}

function timeMs(run: () => void): number {
  const start = cpuMs();
  run();
  return cpuMs() - start;
}
