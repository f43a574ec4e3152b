import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What an Isolation Forest of 100 trees × 256 takes, in CPU time of one thread. */
export interface PeerTimes {
  readonly fitMs: number;
  /** All rows at once. */
  readonly scoreMs: number;
  readonly oneRowMs: number;
  /** Of the package, '' when it is this one. */
  readonly version: string;
}

const SCRIPT = `
import json, sys, time
import numpy as np
import sklearn
from sklearn.ensemble import IsolationForest
x = np.fromfile(sys.argv[1], dtype=np.float32).reshape(-1, int(sys.argv[2]))
def median_ms(run, times=5):
    run()
    took = []
    for _ in range(times):
        start = time.process_time()
        run()
        took.append(1000 * (time.process_time() - start))
    return sorted(took)[times // 2]
def fit():
    return IsolationForest(n_estimators=100, max_samples=256, random_state=1, n_jobs=1).fit(x)
forest = fit()
print(json.dumps({
    'version': sklearn.__version__,
    'fitMs': median_ms(fit),
    'scoreMs': median_ms(lambda: forest.score_samples(x)),
    'oneRowMs': median_ms(lambda: forest.score_samples(x[:1]), 20),
}))
`;

/** The Python on the path, then the system's own: the first that has scikit-learn is the peer. */
const PYTHONS = ['python3', '/usr/bin/python3', '/usr/local/bin/python3'];

/** Times of scikit-learn in the first Python that has it, or why there are none. */
export function measureScikitLearn(rows: Float32Array, dimensions: number): PeerTimes | string {
  const python = PYTHONS.find((name) => spawnSync(name, ['-c', 'import sklearn']).status === 0);
  if (python === undefined) return `scikit-learn is in none of ${PYTHONS.join(', ')}`;
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-bench-'));
  try {
    const file = join(folder, 'rows.f32');
    writeFileSync(file, rows);
    const { error, status, stdout, stderr } = spawnSync(
      python,
      ['-c', SCRIPT, file, String(dimensions)],
      { encoding: 'utf8', timeout: 300_000 },
    );
    if (error !== undefined) return `${python}: ${error.message}`;
    if (status !== 0) return stderr.trim().split('\n').at(-1) ?? `${python} exited ${status}`;
    return JSON.parse(stdout) as PeerTimes;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
