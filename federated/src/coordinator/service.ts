import { setTimeout as sleep } from 'node:timers/promises';
import type { Coordinator, RoundRecord } from './coordinator.ts';

export interface ServiceEffects {
  /** Keeps the outcome of a round. What it throws is told and does not stop the rounds. */
  save(record: RoundRecord): Promise<void>;
  onTrouble(error: Error): void;
  now(): number;
}

/** Rounds that the API tells of. */
const MAX_HISTORY = 1_000;
const LOOK_MS = 250;

/** Begins a round every so often and ends it when its time has come, until the signal. */
export function runRounds(
  coordinator: Coordinator,
  roundEveryMs: number,
  effects: ServiceEffects,
  signal: AbortSignal,
): { history(): readonly RoundRecord[]; readonly done: Promise<void> } {
  const history: RoundRecord[] = [];
  let nextMs = effects.now();
  return { history: () => history, done: run() };

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const record = coordinator.end();
      if (record !== undefined) {
        history.push(record);
        if (MAX_HISTORY < history.length) history.shift();
        await effects.save(record).catch((error: Error) => effects.onTrouble(error));
      }
      if (nextMs <= effects.now() && coordinator.begin()) nextMs = effects.now() + roundEveryMs;
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
    }
  }
}
