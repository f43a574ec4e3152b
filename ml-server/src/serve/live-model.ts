import { type LoadedModel, loadModel } from '../model/load-model.ts';
import type { PointerRole } from '../model/model-pointer.ts';
import { ModelRefused, type RefusalReason } from '../model/model-refused.ts';
import type { ModelStore } from '../model/model-store.ts';

/** Models of the last pointers, kept so that a rollback, or a switch back, downloads nothing. */
const KEPT_MODELS = 3;

export type RefreshFailure = RefusalReason | 'unreachable';

export interface RefreshProblem {
  readonly atMs: number;
  readonly reason: RefreshFailure;
  readonly message: string;
}

/** The model that scores now. Takes up a new version without a restart, and keeps the old one on any failure. */
export interface LiveModel {
  /** Take it once a request: a batch must not mix versions. Null until a first version is there. */
  current(): LoadedModel | null;
  /** Looks once if the pointer has moved. Never rejects; calls while one is under way share it. */
  refresh(): Promise<void>;
  /** What the last refresh complained of; null if it went well. */
  problem(): RefreshProblem | null;
  /** Versions taken into service so far. */
  loadCount(): number;
  failureCounts(): ReadonlyMap<RefreshFailure, number>;
  /** Looks again and again, until the signal. */
  follow(intervalMs: number, signal: AbortSignal): Promise<void>;
}

export interface LiveModelEffects {
  now(): number;
  /** In [0, 1): spreads the polls of many instances. */
  random(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Told of every change and failure. */
  report(event: LiveModelEvent): void;
}

export type LiveModelEvent =
  | { readonly kind: 'loaded'; readonly version: string; readonly replaced: string | null }
  | { readonly kind: 'removed'; readonly version: string }
  | { readonly kind: 'failed'; readonly problem: RefreshProblem };

export function followModel(
  store: ModelStore,
  role: PointerRole,
  effects: LiveModelEffects,
): LiveModel {
  let current: LoadedModel | null = null;
  let problem: RefreshProblem | null = null;
  /** Of the pointer last acted on, also when its version was refused: the same bytes would be refused again. */
  let generation: string | null = null;
  let underWay: Promise<void> | null = null;
  let loadCount = 0;
  const failures = new Map<RefreshFailure, number>();
  const kept = new Map<string, LoadedModel>();

  return {
    current: () => current,
    problem: () => problem,
    loadCount: () => loadCount,
    failureCounts: () => failures,
    refresh() {
      underWay ??= look().finally(() => {
        underWay = null;
      });
      return underWay;
    },
    async follow(intervalMs, signal) {
      while (!signal.aborted) {
        await effects.sleep(intervalMs * (0.67 + 0.66 * effects.random()), signal);
        if (!signal.aborted) await this.refresh();
      }
    },
  };

  async function look(): Promise<void> {
    let found: string | null = null;
    try {
      found = await store.pointerGeneration(role);
      if (found === generation) {
        if (problem?.reason === 'unreachable') problem = null;
        return;
      }
      if (found === null) drop();
      else await take();
      problem = null;
    } catch (error) {
      const reason = error instanceof ModelRefused ? error.reason : 'unreachable';
      if (reason !== 'unreachable') generation = found;
      const message = error instanceof Error ? error.message : String(error);
      problem = { atMs: effects.now(), reason, message };
      failures.set(reason, (failures.get(reason) ?? 0) + 1);
      effects.report({ kind: 'failed', problem });
    }
  }

  async function take(): Promise<void> {
    const stored = await store.readPointer(role);
    if (stored === null) return drop();
    const { pointer } = stored;
    const next = kept.get(pointer.sha256) ?? loadModel(pointer, await store.readModel(pointer));
    keep(next);
    generation = stored.generation;
    if (next === current) return;
    const replaced = current?.version ?? null;
    current = next;
    loadCount++;
    effects.report({ kind: 'loaded', version: next.version, replaced });
  }

  /** A challenger whose pointer is gone stops; the current model serves on even if its pointer is deleted. */
  function drop(): void {
    generation = null;
    if (role !== 'challenger' || current === null) return;
    effects.report({ kind: 'removed', version: current.version });
    current = null;
  }

  function keep(model: LoadedModel): void {
    kept.delete(model.sha256);
    kept.set(model.sha256, model);
    const [oldest] = kept.keys();
    if (KEPT_MODELS < kept.size && oldest !== undefined) kept.delete(oldest);
  }
}
