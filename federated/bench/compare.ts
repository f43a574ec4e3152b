import { aggregate } from '../src/coordinator/aggregate.ts';
import { DEFAULT_RULES } from '../src/coordinator/coordinator.ts';
import {
  createWorkspace,
  initialWeights,
  reconstructionError,
  type Shape,
  shapeFor,
} from '../src/model/autoencoder.ts';
import { seededRandom } from '../src/model/random.ts';
import { fitScaler, scale, tame } from '../src/model/scaler.ts';
import { train } from '../src/model/train.ts';
import type { Scenario } from './clients.ts';
import { rocAuc } from './roc-auc.ts';

/** Rounds of two local epochs, and as many epochs in all where nothing is shared. */
const ROUNDS = 20;
const EPOCHS = 2;
export const PERSONAL_EPOCHS = 20;
const MIN_AWAY = 500;

type Points = readonly Float64Array[];

/** A client in the form that models read: windows, scaled by what the device itself has seen. */
interface Scaled {
  readonly training: Points;
  readonly test: Points;
  readonly labels: readonly number[];
  readonly broken: Points;
  readonly whole: Points;
}

export type Method = 'local' | 'FedAvg' | 'personal' | 'mean z²' | 'unseen';

/** Mean AUC of the clients by method, for labelled anomalies and for broken correlations. */
export interface Comparison {
  readonly level: ReadonlyMap<Method, number>;
  readonly broken: ReadonlyMap<Method, number>;
  readonly shape: Shape;
  readonly clientCount: number;
}

export function compare(scenario: Scenario, seed: number): Comparison {
  const random = seededRandom(seed);
  const clients = scenario.clients.map((_, index) => scaled(scenario, index, random));
  const shape = shapeFor(clients[0]?.training[0]?.length ?? 0);
  const start = initialWeights(shape, random);
  const all = clients.map((_, index) => index);
  const global = federate(shape, start, clients, all, random);
  // Each half of the clients judged by what the other half learned.
  const halves = [0, 1].map((half) => all.filter((index) => index % 2 === half));
  const others = halves.map((half) => federate(shape, start, clients, half, random));

  const level = new Map<Method, number[]>();
  const broken = new Map<Method, number[]>();
  for (const [index, client] of clients.entries()) {
    const local = train(shape, start, client.training, { epochs: ROUNDS * EPOCHS, random });
    const personal = train(shape, global, client.training, { epochs: PERSONAL_EPOCHS, random });
    const unseen = others[1 - (index % 2)] as Float64Array;
    const scores: Record<Method, (point: Float64Array) => number> = {
      local: scorer(shape, local.weights),
      FedAvg: scorer(shape, global),
      personal: scorer(shape, personal.weights),
      unseen: scorer(shape, unseen),
      'mean z²': (point) => point.reduce((sum, z) => sum + z * z, 0) / point.length,
    };
    for (const [method, score] of Object.entries(scores) as [Method, typeof scores.local][]) {
      if (new Set(client.labels).size === 2) {
        add(level, method, rocAuc(client.test.map(score), client.labels));
      }
      if (client.broken.length > 0) {
        const points = [...client.whole, ...client.broken];
        const labels = points.map((_, i) => (i < client.whole.length ? 0 : 1));
        add(broken, method, rocAuc(points.map(score), labels));
      }
    }
  }
  return { level: means(level), broken: means(broken), shape, clientCount: clients.length };
}

function federate(
  shape: Shape,
  start: Float64Array,
  clients: readonly Scaled[],
  members: readonly number[],
  random: () => number,
): Float64Array {
  let global = start;
  for (let round = 0; round < ROUNDS; round += 1) {
    const updates = members.map((index) => {
      const points = (clients[index] as Scaled).training;
      const { weights } = train(shape, global, points, { epochs: EPOCHS, random });
      return { weights, sampleCount: points.length };
    });
    global = aggregate(global, updates, { clipNorm: DEFAULT_RULES.clipNorm });
  }
  return global;
}

function scaled(scenario: Scenario, index: number, random: () => number): Scaled {
  const { windowSize, pair } = scenario;
  const client = scenario.clients[index] as Scenario['clients'][number];
  const scaler = fitScaler(client.training);
  const windows = (rows: readonly ArrayLike<number>[]): Float64Array[] =>
    rows
      .slice(windowSize - 1)
      .map((_, first) =>
        Float64Array.from(
          rows.slice(first, first + windowSize).flatMap((row) => [...scale(scaler, row)]),
        ),
      );
  const calm = client.test.filter((_, row) => client.labels[row] === 0);
  const whole = pair === undefined ? [] : windows(calm).filter((_, i) => i % 4 === 0);
  return {
    training: windows(client.training).map(tame),
    test: windows(client.test),
    labels: client.labels.slice(windowSize - 1),
    whole,
    broken: pair === undefined ? [] : breakCorrelation(windows(calm), windowSize, pair, random),
  };
}

/** Windows whose second column is that of a window far away: each value is usual, their meeting is not. */
function breakCorrelation(
  windows: Points,
  windowSize: number,
  [, column]: readonly [number, number],
  random: () => number,
): Float64Array[] {
  const count = windows.length;
  if (count < 2 * MIN_AWAY) return [];
  return windows.flatMap((window, at) => {
    if (at % 4 !== 2) return [];
    const away = MIN_AWAY + Math.floor(random() * (count - 2 * MIN_AWAY));
    const other = windows[(at + away) % count] as Float64Array;
    const columns = window.length / windowSize;
    return [window.map((value, i) => (i % columns === column ? (other[i] as number) : value))];
  });
}

function scorer(shape: Shape, weights: Float64Array): (point: Float64Array) => number {
  const workspace = createWorkspace(shape);
  return (point) => reconstructionError(workspace, weights, point);
}

function add(into: Map<Method, number[]>, method: Method, value: number): void {
  into.set(method, [...(into.get(method) ?? []), value]);
}

function means(values: ReadonlyMap<Method, readonly number[]>): Map<Method, number> {
  return new Map(
    [...values].map(([method, list]) => [method, list.reduce((a, b) => a + b, 0) / list.length]),
  );
}
