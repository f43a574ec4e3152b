import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { aggregate } from '../src/coordinator/aggregate.ts';
import { initialWeights, shapeFor } from '../src/model/autoencoder.ts';
import { gaussian, seededRandom } from '../src/model/random.ts';
import { gradientStep } from '../src/model/train.ts';
import { encodeWeights } from '../src/wire.ts';
import {
  labScenario,
  motesInBlocks,
  motesScenario,
  type Scenario,
  skabScenario,
} from './clients.ts';
import { compare, type Method } from './compare.ts';
import type { Figure } from './figure.ts';

const SEEDS = [1, 2, 3];

/** Federated against local learning and the plainest score, on the profile `lab`, the motes and, if given, SKAB. */
export async function benchFederated(dataDir?: string): Promise<Figure[]> {
  const [motes, blocks] = await Promise.all([motesScenario(), motesInBlocks()]);
  const folder = dataDir === undefined ? undefined : join(dataDir, 'skab');
  const hasSkab = folder !== undefined && existsSync(folder);
  return [
    oneStep(),
    ...figures(labScenario),
    ...figures(() => motes),
    ...figures(() => blocks),
    ...(hasSkab ? figures(() => skabScenario(folder)) : [withoutSkab(folder)]),
  ];
}

/** The figures of a scenario: means over the seeds. */
function figures(scenarioOf: (seed: number) => Scenario): Figure[] {
  const runs = SEEDS.map((seed) => {
    const scenario = scenarioOf(seed);
    return { scenario, ...compare(scenario, seed) };
  });
  const [{ scenario, shape, clientCount } = raise()] = runs;
  const mean = (of: 'level' | 'broken', method: Method) =>
    runs.reduce((sum, run) => sum + (run[of].get(method) ?? Number.NaN), 0) / runs.length;
  const name = `${scenario.name}, ${clientCount} devices`;
  const all: Figure[] = [];

  if (runs[0]?.level.size) {
    const local = mean('level', 'local');
    const personal = mean('level', 'personal');
    all.push(
      {
        what: `${name}: AUC of FedAvg, personalised`,
        value: personal,
        unit: '',
        peer: `local ${show(local)}, FedAvg ${show(mean('level', 'FedAvg'))}, mean z² ${show(mean('level', 'mean z²'))}`,
        goal: 'at least local - 0.01',
        met: local - 0.01 <= personal,
      },
      {
        what: `${name}: AUC on devices never trained on`,
        value: mean('level', 'unseen'),
        unit: '',
        peer: `trained on: ${show(mean('level', 'FedAvg'))}`,
        goal: scenario.areAlike ? 'at least that - 0.02' : '',
        met: scenario.areAlike ? mean('level', 'FedAvg') - 0.02 <= mean('level', 'unseen') : null,
        ...(!scenario.areAlike && { reason: 'indoor and outdoor motes are not alike' }),
      },
    );
  }
  if (runs[0]?.broken.size) {
    const personal = mean('broken', 'personal');
    const trivial = mean('broken', 'mean z²');
    all.push({
      what: `${name}: AUC on broken correlations, personalised`,
      value: personal,
      unit: '',
      peer: `local ${show(mean('broken', 'local'))}, FedAvg ${show(mean('broken', 'FedAvg'))}, mean z² ${show(trivial)}`,
      goal: 'at least 0.65, and mean z² + 0.1',
      met: 0.65 <= personal && trivial + 0.1 <= personal,
    });
  }
  all.push({
    what: `${name}: bytes a round, weights both ways`,
    value: 2 * clientCount * encodeWeights(initialWeights(shape, seededRandom(1))).length,
    unit: 'B',
    peer: '',
    goal: '',
    met: null,
    reason: 'nothing to compare with',
  });
  return all;
}

/** How far the weighted average of one full-batch step each is from one step over all points. */
function oneStep(): Figure {
  const random = seededRandom(1);
  const shape = shapeFor(10);
  const start = initialWeights(shape, random);
  const clients = [100, 400, 37].map((count) =>
    Array.from({ length: count }, () => Array.from({ length: 10 }, () => gaussian(random))),
  );
  const updates = clients.map((points) => ({
    weights: gradientStep(shape, start, points, 0.05),
    sampleCount: points.length,
  }));
  const average = aggregate(start, updates, { clipNorm: Number.POSITIVE_INFINITY });
  const central = gradientStep(shape, start, clients.flat(), 0.05);
  const worst = Math.max(...central.map((weight, i) => Math.abs(weight - (average[i] as number))));
  return {
    what: 'weighted average less one central full-batch step, largest of all weights',
    value: worst,
    unit: '',
    peer: 'one step over all points',
    goal: 'below 1e-12, which is rounding',
    met: worst < 1e-12,
  };
}

function withoutSkab(folder: string | undefined): Figure {
  const reason = folder === undefined ? 'no --data DIR' : `${folder} is not there`;
  return { what: 'SKAB', value: Number.NaN, unit: '', peer: '', goal: '', met: null, reason };
}

function show(value: number): string {
  return value.toFixed(3);
}

function raise(): never {
  throw new Error('no seeds');
}
