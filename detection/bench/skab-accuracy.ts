import { confusion, mahalanobis, rocAuc, seededRandom } from '@plumbline/detection';
import { type Figure, reference } from './figure.ts';
import { readSkab, type SkabRun } from './series-data.ts';

/** SKAB's protocol: the first rows of a run train, the rest test. */
const TRAINING_ROWS = 400;

interface ScoredRun {
  readonly scores: readonly number[];
  readonly labels: readonly number[];
}

/** SKAB's outlier task with rolling-mean Mahalanobis, the threshold of each run chosen on the other runs. */
export function skabAccuracy(folder: string): Figure[] {
  const runs = readSkab(folder);
  const scored = runs.map(scoreRun);
  const { f1, falseAlarmRate, missedAlarmRate, mcc } = leaveOneOut(scored);
  const simple = leaveOneOut(runs.map(scoreByGreatestDeviation));
  const labels = scored.flatMap((run) => run.labels);
  const all = (answer: boolean) => labels.map(() => answer);
  const random = seededRandom(1);
  const blind = scored.map((run) => ({ ...run, scores: run.scores.map(() => random()) }));
  const aucs = scored.filter(({ labels }) => new Set(labels).size === 2);
  const auc =
    aucs.reduce((sum, { scores, labels }) => sum + rocAuc(scores, labels), 0) / aucs.length;
  const how = `SKAB, ${runs.length} runs, threshold from the other runs`;
  const peer = 'published: Conv-AE F1 0.78, FAR 14 %, MAR 28 %';
  return [
    { what: `${how}: F1`, value: f1, unit: '', peer, goal: 'at least 0.80', met: 0.8 <= f1 },
    {
      what: `${how}: false alarm rate`,
      value: 100 * falseAlarmRate,
      unit: '%',
      peer,
      goal: 'at most 25',
      met: falseAlarmRate <= 0.25,
    },
    {
      what: `${how}: missed alarm rate`,
      value: 100 * missedAlarmRate,
      unit: '%',
      peer,
      goal: 'at most 20',
      met: missedAlarmRate <= 0.2,
    },
    {
      what: 'SKAB: mean ROC-AUC of the runs',
      value: auc,
      unit: '',
      peer: '',
      goal: 'at least 0.87',
      met: 0.87 <= auc,
    },
    reference(`${how}: MCC`, mcc, ''),
    reference(`${how}: F1 of the greatest |z| of any sensor`, simple.f1, ''),
    reference(`${how}: F1 of random scores`, leaveOneOut(blind).f1, ''),
    reference('SKAB: F1 of calling everything an anomaly', confusion(all(true), labels).f1, ''),
    reference('SKAB: F1 of calling nothing an anomaly', confusion(all(false), labels).f1, ''),
  ];
}

function scoreRun({ rows, labels }: SkabRun): ScoredRun {
  const detector = mahalanobis();
  let model = detector.start;
  const scores = rows.map((row) => {
    const score = detector.score(model, row);
    model = detector.learn(model, row);
    return score;
  });
  return { scores: scores.slice(TRAINING_ROWS), labels: labels.slice(TRAINING_ROWS) };
}

function scoreByGreatestDeviation({ rows, labels }: SkabRun): ScoredRun {
  const training = rows.slice(0, TRAINING_ROWS);
  const spread = (rows[0] as readonly number[]).map((_, i) => {
    const column = training.map((row) => row[i] as number);
    const mean = column.reduce((a, b) => a + b, 0) / column.length;
    const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length;
    return { mean, deviation: Math.sqrt(variance) || 1 };
  });
  const scores = rows.map((row) =>
    Math.max(
      ...spread.map(({ mean, deviation }, i) => Math.abs((row[i] as number) - mean) / deviation),
    ),
  );
  return { scores: scores.slice(TRAINING_ROWS), labels: labels.slice(TRAINING_ROWS) };
}

/** All runs together, each judged by the threshold that gives the others the best F1. */
function leaveOneOut(runs: readonly ScoredRun[]) {
  const answers: boolean[] = [];
  for (const run of runs) {
    const others = runs.filter((other) => other !== run);
    const threshold = bestThreshold(
      others.flatMap(({ scores }) => scores),
      others.flatMap(({ labels }) => labels),
    );
    answers.push(...run.scores.map((score) => threshold <= score));
  }
  return confusion(
    answers,
    runs.flatMap(({ labels }) => labels),
  );
}

function bestThreshold(scores: readonly number[], labels: readonly number[]): number {
  const sorted = [...scores].sort((a, b) => a - b);
  let best = { threshold: Number.POSITIVE_INFINITY, f1: 0 };
  for (let share = 0.02; share < 1; share += 0.02) {
    const threshold = sorted[Math.floor(share * sorted.length)] as number;
    const { f1 } = confusion(
      scores.map((score) => threshold <= score),
      labels,
    );
    if (best.f1 < f1) best = { threshold, f1 };
  }
  return best.threshold;
}
