import type { Shape } from '../model/autoencoder.ts';
import { encodeWeights, type Task } from '../wire.ts';
import { aggregate } from './aggregate.ts';
import { CLIENT_ID, type GoodUpdate, judgeUpdate, type Refusal } from './judge-update.ts';
import { privacySpent } from './privacy.ts';

export interface RoundRules {
  /** Clients asked in a round, as a share of those that are there; (0, 1]. */
  readonly fraction: number;
  /** With fewer updates a round changes nothing. */
  readonly minimumClients: number;
  /** From the start of a round until it no longer waits for stragglers. */
  readonly deadlineMs: number;
  /** A client that has not asked for so long is not there. */
  readonly absentAfterMs: number;
  readonly clipNorm: number;
  readonly maxNorm: number;
  readonly maxSamples: number;
  /** Noise as a multiple of what one client can change; 0: none. */
  readonly noiseMultiplier: number;
  /** Chance δ for which the privacy budget is told. */
  readonly delta: number;
}

export const DEFAULT_RULES: RoundRules = {
  fraction: 1,
  minimumClients: 3,
  deadlineMs: 45_000,
  absentAfterMs: 180_000,
  clipNorm: 5,
  maxNorm: 50,
  maxSamples: 100_000,
  noiseMultiplier: 0,
  delta: 1e-5,
};

/** What is kept of a round. */
export interface RoundRecord {
  readonly round: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly outcome: 'aggregated' | 'too_few_clients';
  readonly selectedCount: number;
  readonly participants: readonly Participant[];
  readonly stragglerCount: number;
  readonly refused: Readonly<Partial<Record<Refusal, number>>>;
  readonly sampleCount: number;
  /** Mean error under the weights that the round began with, weighted by samples; null without participants. */
  readonly loss: number | null;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Privacy budget spent so far; null without noise. */
  readonly epsilon: number | null;
}

export interface Participant {
  readonly clientId: string;
  readonly sampleCount: number;
  readonly scoredCount: number;
  readonly anomalyCount: number;
  readonly loss: number;
}

export interface Coordinator {
  /** What a client is to do; undefined if there is no room for one more client, or it has no proper name. */
  task(clientId: string): Task | undefined;
  /** Takes an update, or says why not. Refusing changes nothing but the client's own participation. */
  submit(input: unknown, sizeBytes: number): 'accepted' | Refusal;
  /** Begins a round, unless one is open or too few clients are there. */
  begin(): boolean;
  /** Ends the open round if everyone has answered or its time is over. */
  end(): RoundRecord | undefined;
  weights(): Float64Array;
  round(): number;
  /** Rounds that noise was added in. */
  noisyRounds(): number;
  isOpen(): boolean;
  clientCount(): number;
  /** Sums since the start, for whoever counts. */
  totals(): RoundTotals;
}

export interface RoundTotals {
  /** By outcome. */
  readonly rounds: ReadonlyMap<string, number>;
  /** By reason. */
  readonly refused: ReadonlyMap<string, number>;
  /** `received` and `sent`, of ended rounds. */
  readonly bytes: ReadonlyMap<string, number>;
}

export interface Start {
  readonly shape: Shape;
  readonly weights: Float64Array;
  /** The last round that was; 0 for none. */
  readonly round: number;
  /** Rounds that noise was added in. */
  readonly noisyRounds: number;
}

const MAX_CLIENTS = 10_000;

/** Runs rounds of federated averaging. Holds the state of one fleet; time and randomness come in. */
export function createCoordinator(
  start: Start,
  rules: RoundRules,
  { now, random }: { now(): number; random(): number },
): Coordinator {
  let weights = start.weights;
  let encoded = encodeWeights(weights);
  let { round, noisyRounds } = start;
  const lastSeen = new Map<string, number>();
  let open: OpenRound | undefined;
  const totals = {
    rounds: new Map<string, number>(),
    refused: new Map<string, number>(),
    bytes: new Map<string, number>(),
  };

  return {
    weights: () => weights,
    round: () => round,
    noisyRounds: () => noisyRounds,
    isOpen: () => open !== undefined,
    clientCount: () => present().length,
    totals: () => totals,
    task(clientId) {
      if (!CLIENT_ID.test(clientId)) return undefined;
      if (!lastSeen.has(clientId) && MAX_CLIENTS <= lastSeen.size) {
        forgetAbsent();
        if (MAX_CLIENTS <= lastSeen.size) return undefined;
      }
      lastSeen.set(clientId, now());
      const isSelected = open?.selected.has(clientId) === true && !open.updates.has(clientId);
      if (open !== undefined) open.sentBytes += encoded.length;
      const leftMs = open === undefined ? 0 : open.startedAtMs + rules.deadlineMs - now();
      return {
        round,
        is_selected: isSelected,
        deadline_ms: Math.max(0, leftMs),
        shape: start.shape,
        weights: encoded,
      };
    },
    submit(input, sizeBytes) {
      if (open === undefined) return 'wrong_round';
      open.receivedBytes += sizeBytes;
      const judged = judgeUpdate(input, {
        round,
        globalWeights: weights,
        maxNorm: rules.maxNorm,
        maxSamples: rules.maxSamples,
      });
      if (typeof judged === 'string') return refuse(open, judged);
      if (!open.selected.has(judged.clientId)) return refuse(open, 'not_selected');
      if (open.updates.has(judged.clientId)) return refuse(open, 'already_sent');
      open.updates.set(judged.clientId, judged);
      return 'accepted';
    },
    begin() {
      if (open !== undefined) return false;
      forgetAbsent();
      const clients = present();
      if (clients.length < rules.minimumClients) return false;
      const wanted = Math.ceil(clients.length * rules.fraction);
      const count = Math.max(rules.minimumClients, wanted);
      round += 1;
      open = {
        startedAtMs: now(),
        selected: new Set(choose(clients, count, random)),
        updates: new Map(),
        refused: {},
        receivedBytes: 0,
        sentBytes: 0,
      };
      return true;
    },
    end() {
      if (open === undefined) return undefined;
      const isOver = open.startedAtMs + rules.deadlineMs <= now();
      if (!isOver && open.updates.size < open.selected.size) return undefined;
      const closed = open;
      open = undefined;
      const updates = [...closed.updates.values()];
      const isEnough = rules.minimumClients <= updates.length;
      if (isEnough) {
        const isNoisy = 0 < rules.noiseMultiplier;
        if (isNoisy) noisyRounds += 1;
        weights = aggregate(weights, updates, {
          clipNorm: rules.clipNorm,
          ...(isNoisy && { noise: { multiplier: rules.noiseMultiplier, random } }),
        });
        encoded = encodeWeights(weights);
      }
      const record = recordOf(closed, updates, isEnough);
      count(totals.rounds, record.outcome, 1);
      count(totals.bytes, 'received', record.receivedBytes);
      count(totals.bytes, 'sent', record.sentBytes);
      for (const [reason, times] of Object.entries(record.refused)) {
        count(totals.refused, reason, times);
      }
      return record;
    },
  };

  function present(): string[] {
    const sinceMs = now() - rules.absentAfterMs;
    return [...lastSeen].flatMap(([clientId, atMs]) => (sinceMs <= atMs ? [clientId] : []));
  }

  function forgetAbsent(): void {
    const there = new Set(present());
    for (const clientId of lastSeen.keys()) if (!there.has(clientId)) lastSeen.delete(clientId);
  }

  function recordOf(
    closed: OpenRound,
    updates: readonly GoodUpdate[],
    isEnough: boolean,
  ): RoundRecord {
    const sampleCount = updates.reduce((sum, update) => sum + update.sampleCount, 0);
    const lossSum = updates.reduce((sum, { loss, sampleCount }) => sum + loss * sampleCount, 0);
    return {
      round,
      startedAtMs: closed.startedAtMs,
      finishedAtMs: now(),
      outcome: isEnough ? 'aggregated' : 'too_few_clients',
      selectedCount: closed.selected.size,
      participants: updates.map(({ weights: _weights, ...participant }) => participant),
      stragglerCount: closed.selected.size - updates.length,
      refused: closed.refused,
      sampleCount,
      loss: sampleCount === 0 ? null : lossSum / sampleCount,
      receivedBytes: closed.receivedBytes,
      sentBytes: closed.sentBytes,
      epsilon:
        0 < rules.noiseMultiplier
          ? privacySpent(noisyRounds, rules.noiseMultiplier, rules.delta)
          : null,
    };
  }
}

interface OpenRound {
  readonly startedAtMs: number;
  readonly selected: ReadonlySet<string>;
  readonly updates: Map<string, GoodUpdate>;
  refused: Partial<Record<Refusal, number>>;
  receivedBytes: number;
  sentBytes: number;
}

function count(sums: Map<string, number>, key: string, more: number): void {
  sums.set(key, (sums.get(key) ?? 0) + more);
}

function refuse(open: OpenRound, refusal: Refusal): Refusal {
  open.refused[refusal] = (open.refused[refusal] ?? 0) + 1;
  return refusal;
}

/** So many of the names, each with the same chance. */
function choose(names: readonly string[], count: number, random: () => number): string[] {
  const left = [...names];
  const chosen: string[] = [];
  while (chosen.length < count && left.length > 0) {
    const [name] = left.splice(Math.floor(random() * left.length), 1);
    chosen.push(name as string);
  }
  return chosen;
}
