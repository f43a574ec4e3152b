import { ModelError } from '../errors.ts';
import { featureNames } from '../features.ts';
import { loadForest, type SavedForest, saveForest } from '../forest/saved-forest.ts';
import { scoreRow } from '../forest/score.ts';
import {
  readArray,
  readInteger,
  readNumber,
  readNumbers,
  readObject,
  readString,
} from '../shape.ts';
import type {
  GoldenVector,
  MetricStatistics,
  ModelBundle,
  TrainedModel,
  TrainingParameters,
} from './bundle.ts';

/** A bundle as JSON. A version, once written, loads for ever: see `fixtures/`. */
export interface SavedBundle {
  readonly format: 'plumbline-models';
  readonly version: 1;
  readonly trainedAt: string;
  readonly parameters: TrainingParameters;
  readonly models: readonly (Omit<TrainedModel, 'forest'> & { readonly forest: SavedForest })[];
}

const FORMAT = 'plumbline-models';
const GOLDEN_TOLERANCE = 1e-9;

export function saveBundle(bundle: ModelBundle): SavedBundle {
  return {
    format: FORMAT,
    version: 1,
    trainedAt: bundle.trainedAt,
    parameters: bundle.parameters,
    models: bundle.models.map((model) => ({ ...model, forest: saveForest(model.forest) })),
  };
}

/**
 * Reads a saved bundle, checks all of it, and scores the golden vectors of every model.
 *
 * @throws ModelError that names the place and what is wrong there
 */
export function loadBundle(input: unknown): ModelBundle {
  const saved = readObject(input, 'bundle');
  if (saved.format !== FORMAT)
    throw new ModelError(`bundle.format is ${String(saved.format)}, wanted ${FORMAT}`);
  if (saved.version !== 1)
    throw new ModelError(`bundle.version is ${String(saved.version)}, this code reads 1`);
  const models = readArray(saved.models, 'bundle.models').map((model, index) =>
    loadModel(model, `bundle.models[${index}]`),
  );
  if (models.length === 0) throw new ModelError('bundle.models is empty');
  return {
    trainedAt: readString(saved.trainedAt, 'bundle.trainedAt'),
    parameters: loadParameters(saved.parameters),
    models,
  };
}

function loadModel(input: unknown, where: string): TrainedModel {
  const saved = readObject(input, where);
  const metrics = readStrings(saved.metrics, `${where}.metrics`);
  if (metrics.length === 0 || metrics.some((metric, i) => 0 < i && metric <= `${metrics[i - 1]}`))
    throw new ModelError(`${where}.metrics is [${metrics}], wanted names in alphabetical order`);
  const features = readStrings(saved.features, `${where}.features`);
  const wanted = featureNames(metrics);
  if (features.join() !== wanted.join())
    throw new ModelError(`${where}.features is [${features}], wanted [${wanted}]`);
  const forest = loadForest(saved.forest, `${where}.forest`);
  if (forest.dimensions !== features.length)
    throw new ModelError(
      `${where}.forest reads ${forest.dimensions} features, wanted ${features.length}`,
    );
  const statistics = readArray(saved.statistics, `${where}.statistics`).map((entry, i) =>
    loadStatistics(entry, `${where}.statistics[${i}]`),
  );
  if (statistics.length !== metrics.length)
    throw new ModelError(
      `${where}.statistics has ${statistics.length} entries, wanted ${metrics.length}`,
    );
  return {
    metrics,
    placeType: saved.placeType === null ? null : readString(saved.placeType, `${where}.placeType`),
    features,
    sampleCount: readInteger(saved.sampleCount, `${where}.sampleCount`, 2, 2 ** 53),
    spanMs: readNumber(saved.spanMs, `${where}.spanMs`),
    threshold: readNumber(saved.threshold, `${where}.threshold`),
    statistics,
    forest,
    golden: readArray(saved.golden, `${where}.golden`).map((entry, i): GoldenVector => {
      const at = `${where}.golden[${i}]`;
      const golden = readObject(entry, at);
      const row = readNumbers(golden.row, `${at}.row`);
      if (row.length !== features.length)
        throw new ModelError(`${at}.row has ${row.length} numbers, wanted ${features.length}`);
      const score = readNumber(golden.score, `${at}.score`);
      const got = scoreRow(forest, Float32Array.from(row));
      if (GOLDEN_TOLERANCE < Math.abs(got - score))
        throw new ModelError(`${at} scores ${got} on this machine, wanted ${score}`);
      return { row, score };
    }),
  };
}

function loadStatistics(input: unknown, where: string): MetricStatistics {
  const saved = readObject(input, where);
  return {
    median: readNumber(saved.median, `${where}.median`),
    low: readNumber(saved.low, `${where}.low`),
    high: readNumber(saved.high, `${where}.high`),
    lowDeparture: readNumber(saved.lowDeparture, `${where}.lowDeparture`),
    highDeparture: readNumber(saved.highDeparture, `${where}.highDeparture`),
    typical: readNumbers(saved.typical, `${where}.typical`),
  };
}

function loadParameters(input: unknown): TrainingParameters {
  const where = 'bundle.parameters';
  const saved = readObject(input, where);
  const number = (name: keyof TrainingParameters) => readNumber(saved[name], `${where}.${name}`);
  return {
    trees: number('trees'),
    sampleSize: number('sampleSize'),
    contamination: number('contamination'),
    seed: number('seed'),
    minimumSamples: number('minimumSamples'),
    maximumSamples: number('maximumSamples'),
    utcOffsetMinutes: number('utcOffsetMinutes'),
  };
}

function readStrings(input: unknown, where: string): string[] {
  return readArray(input, where).map((entry, i) => readString(entry, `${where}[${i}]`));
}
