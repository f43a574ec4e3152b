import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fitForest, rocAuc, scoreForest, seededRandom } from '@plumbline/detection';
import { type Figure, reference } from './figure.ts';
import { readNpz } from './read-npz.ts';

/** More than the peer's five: with five the mean of one set still wanders by 0.01. */
const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);

/**
 * ROC-AUC of scikit-learn 1.9.1's IsolationForest with its defaults (100 trees, 256 rows) on the same files:
 * mean and deviation over five seeds. Published numbers of the peer, so that it need not be installed.
 */
const SCIKIT_LEARN: Readonly<Record<string, readonly [mean: number, deviation: number]>> = {
  breastw: [0.9876, 0.002],
  WBC: [0.9952, 0.001],
  WDBC: [0.9884, 0.003],
  Ionosphere: [0.8441, 0.006],
  Pima: [0.6704, 0.008],
  thyroid: [0.9777, 0.002],
  annthyroid: [0.8274, 0.014],
  cardio: [0.9318, 0.012],
  Cardiotocography: [0.6856, 0.026],
  vowels: [0.7714, 0.013],
  fault: [0.5701, 0.008],
  Waveform: [0.718, 0.024],
  Wilt: [0.4575, 0.027],
  PageBlocks: [0.9032, 0.002],
  letter: [0.6435, 0.008],
  satellite: [0.6962, 0.019],
  'satimage-2': [0.9938, 0.001],
  landsat: [0.4734, 0.025],
  mammography: [0.8588, 0.004],
  pendigits: [0.9404, 0.013],
  optdigits: [0.7094, 0.05],
  musk: [0.9992, 0.001],
  'magic.gamma': [0.7198, 0.011],
  shuttle: [0.9971, 0.001],
};

/** The forest's ROC-AUC on every outlier set of a folder of ADBench's `.npz` files. */
export function tabularAccuracy(folder: string): Figure[] {
  const sets = readdirSync(folder)
    .filter((file) => file.endsWith('.npz'))
    .sort()
    .map((file) => scoreSet(join(folder, file), file.replace(/^\d+_|\.npz$/g, '')));
  const known = sets.filter(({ peer }) => peer !== undefined);
  const mean = average(known.map(({ auc }) => auc));
  const peerMean = average(known.map(({ peer }) => (peer as readonly [number, number])[0]));
  return [
    {
      what: `forest ROC-AUC, mean of ${known.length} tabular sets, 20 seeds`,
      value: mean,
      unit: '',
      peer: `scikit-learn 1.9.1 ${peerMean.toFixed(4)}`,
      goal: 'within 0.003 of the peer',
      met: peerMean - 0.003 <= mean,
    },
    ...sets.map(({ name, auc, deviation, peer }): Figure => {
      const what = `forest ROC-AUC, ${name}, 20 seeds ± ${deviation.toFixed(3)}`;
      if (peer === undefined) return reference(what, auc, '');
      const slack = Math.max(0.01, 2 * peer[1]);
      return {
        what,
        value: auc,
        unit: '',
        peer: `scikit-learn 1.9.1 ${peer[0]}`,
        goal: `at least ${(peer[0] - slack).toFixed(4)}`,
        met: peer[0] - slack <= auc,
      };
    }),
    ...(
      [
        ['random scores', 'blind'],
        ['nothing or everything an anomaly', 'equal'],
        ['greatest |z| of any column', 'greatest'],
      ] as const
    ).map(([name, key]) =>
      reference(`${name}, mean ROC-AUC of the sets`, average(sets.map((set) => set[key])), ''),
    ),
  ];
}

function scoreSet(path: string, name: string) {
  const { rows, dimensions, labels } = readNpz(path);
  const aucs = SEEDS.map((seed) => {
    return rocAuc(scoreForest(fitForest(rows, dimensions, { seed }), rows), labels);
  });
  const auc = average(aucs);
  const deviation = Math.sqrt(average(aucs.map((one) => (one - auc) ** 2)));
  const random = seededRandom(1);
  const blind = rocAuc(
    Array.from(labels, () => random()),
    labels,
  );
  const equal = rocAuc(new Array<number>(labels.length).fill(0), labels);
  const greatest = rocAuc(greatestDeviations(rows, dimensions), labels);
  return { name, auc, deviation, blind, equal, greatest, peer: SCIKIT_LEARN[name] };
}

/** For each row, how many deviations its strangest column lies from that column's mean. */
function greatestDeviations(rows: Float32Array, dimensions: number): number[] {
  const scores = new Array<number>(rows.length / dimensions).fill(0);
  for (let column = 0; column < dimensions; column++) {
    const values = scores.map((_, row) => rows[row * dimensions + column] as number);
    const mean = average(values);
    const deviation = Math.sqrt(average(values.map((value) => (value - mean) ** 2))) || 1;
    values.forEach((value, row) => {
      scores[row] = Math.max(scores[row] as number, Math.abs(value - mean) / deviation);
    });
  }
  return scores;
}

function average(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
