import { type Environment, MODEL_NAME, modelBucket, readEnvironment } from '@plumbline/contracts';
import { DEFAULT_PARAMETERS } from '@plumbline/detection';

export interface TrainConfig {
  readonly projectId: string;
  readonly bucket: string;
  readonly modelName: string;
  /** History to train on: this long, up to `untilMs`. */
  readonly windowMs: number;
  /** Epoch milliseconds; null: now. */
  readonly untilMs: number | null;
  /** Readings that are read at the most, so that memory does not grow with the table. */
  readonly maxReadings: number;
  /** Hours with readings, of all hours from the first reading to the last, below which training is refused. */
  readonly minCoverage: number;
  readonly minimumSamples: number;
  readonly contamination: number;
  readonly trees: number;
  readonly sampleSize: number;
  readonly seed: number;
  /** What grows the forests: our own, or the npm package isolation-forest on our samples. */
  readonly engine: 'plumbline' | 'npm';
  /** MANAGED: a version that is not worse than the current one replaces it. MANUAL: every one is a challenger first. */
  readonly gate: 'MANAGED' | 'MANUAL';
  /** Google's price guard: a query that would read more is refused before it runs. */
  readonly maxBytesBilled: number;
}

/** @throws ConfigError that lists all that is wrong */
export function readTrainConfig(env: Environment): TrainConfig {
  const read = readEnvironment(env);
  const projectId = read.string('GOOGLE_CLOUD_PROJECT');
  const { minimumSamples, contamination, trees, sampleSize, seed } = DEFAULT_PARAMETERS;
  const untilMs = read.integer('TRAINING_UNTIL_MS', {
    min: 0,
    max: 8.64e15,
    fallback: Number.NaN,
  });
  const config = {
    projectId,
    bucket: read.string('MODEL_BUCKET', modelBucket(projectId)),
    modelName: read.string('MODEL_NAME', MODEL_NAME),
    windowMs:
      3_600_000 * read.number('TRAINING_WINDOW_HOURS', { min: 0.1, max: 87_600, fallback: 168 }),
    untilMs: Number.isNaN(untilMs) ? null : untilMs,
    maxReadings: read.integer('TRAINING_MAX_READINGS', {
      min: 100,
      max: 5_000_000,
      fallback: 200_000,
    }),
    minCoverage: read.number('TRAINING_MIN_COVERAGE', { min: 0, max: 1, fallback: 0.1 }),
    minimumSamples: read.integer('TRAINING_MIN_SAMPLES', {
      min: 2,
      max: 1_000_000,
      fallback: minimumSamples,
    }),
    contamination: read.number('CONTAMINATION', { min: 0.0001, max: 0.5, fallback: contamination }),
    trees: read.integer('TREES', { min: 1, max: 10_000, fallback: trees }),
    sampleSize: read.integer('SAMPLE_SIZE', { min: 2, max: 65_536, fallback: sampleSize }),
    seed: read.integer('SEED', { min: 0, max: 2 ** 32 - 1, fallback: seed }),
    engine: read.oneOf('TRAINING_ENGINE', ['plumbline', 'npm'], 'plumbline'),
    gate: read.oneOf('TRAINING_GATE', ['MANAGED', 'MANUAL'], 'MANAGED'),
    maxBytesBilled:
      1e9 * read.number('TRAINING_MAX_GB_BILLED', { min: 0.01, max: 100_000, fallback: 20 }),
  };
  read.done();
  return config;
}
