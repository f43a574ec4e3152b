import { DEFAULT_TIME_BOUNDS, TransientError } from '@plumbline/contracts';
import { createIngest } from '../../src/ingest/ingest.ts';
import { OverloadedError } from '../../src/platform/group-commit.ts';
import type { PushMessage } from '../../src/platform/push-message.ts';
import { createRetryBudget, RETRY_BUDGET } from '../../src/platform/retry-budget.ts';
import {
  createRowWriter,
  type InsertRows,
  type Row,
  type RowOutcome,
} from '../../src/platform/row-writer.ts';
import type { TableModel } from './big-query-model.ts';
import type { Bug } from './bugs.ts';
import type { Chances } from './chances.ts';
import type { Clock } from './clock.ts';
import { SIMULATION_START_MS } from './fleet-model.ts';

/** Readings that an instance may hold in the simulation: few, so that an outage fills it. */
export const CAP_ITEMS = 150;

/** One instance of the function ingest: the real handler, the real writers, on simulated time and tables. */
export interface Instance {
  /** The status of the answer; never answers once the instance is dead. */
  push(message: PushMessage): Promise<number>;
  readonly heldItems: number;
  readonly inFlight: number;
  isDraining: boolean;
  isDead: boolean;
  /** Told to stop: the bug ackOnSigterm answers everything at once. */
  terminate(): void;
}

export function createInstance(
  clock: Clock,
  chances: Chances,
  raw: TableModel,
  dead: TableModel,
  bug: Bug | undefined,
): Instance {
  const now = () => SIMULATION_START_MS + clock.now();
  const budget = createRetryBudget(RETRY_BUDGET, now);
  const effects = {
    now,
    sleep: (ms: number) => alive(clock.sleep(ms)),
    random: chances.random,
    budget: {
      call: budget.call,
      take() {
        const isTaken = budget.take();
        if (!isTaken) chances.count('retriesSpent');
        return isTaken;
      },
    },
  };
  const limits = { capItems: bug === 'unbounded' ? Number.POSITIVE_INFINITY : CAP_ITEMS };
  const readings = createRowWriter(insertInto(raw), effects, limits);
  const deadLetters = createRowWriter(insertInto(dead), effects, limits);
  const ingest = createIngest(DEFAULT_TIME_BOUNDS, {
    now: effects.now,
    storeReadings: (rows, bytes) =>
      write(() => readings.add(bug === 'idAtIngest' ? rows.map(renamed) : rows, bytes), rows),
    storeDeadLetters: (rows, bytes) => {
      if (bug === 'poisonNackForever' && rows.length > 0) throw new TransientError('poison');
      if (bug === 'dropPoison') return Promise.resolve(rows.map(() => ({ stored: true })));
      return write(() => deadLetters.add(rows, bytes), rows);
    },
  });
  const answers = new Set<(status: number) => void>();

  const instance: Instance = {
    isDraining: false,
    isDead: false,
    get heldItems() {
      return readings.waitingItems;
    },
    get inFlight() {
      return answers.size;
    },
    push(message) {
      return new Promise((resolve) => {
        const answer = (status: number) => {
          if (answers.delete(answer) && !instance.isDead) resolve(status);
        };
        answers.add(answer);
        if (bug === 'ackFirst') answer(204);
        void ingest(message).then(
          () => answer(204),
          (error) => answer(statusOf(error)),
        );
      });
    },
    terminate() {
      instance.isDraining = true;
      if (bug === 'ackOnSigterm') {
        for (const answer of answers) answer(204);
        instance.isDead = true;
      }
    },
  };
  return instance;

  /** A dead process runs no more code: what it waited for never comes. */
  function alive<Result>(wait: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      wait.then(
        (result) => instance.isDead || resolve(result),
        (error) => instance.isDead || reject(error),
      );
    });
  }

  function insertInto(table: TableModel): InsertRows {
    return async (rows) => {
      try {
        const errors = await alive(table.insert(rows));
        return bug === 'ackAllOnPartial' ? [] : errors;
      } catch (error) {
        if (bug === 'timeoutIsSuccess' && error instanceof Error && error.message === 'timeout')
          return [];
        throw error;
      }
    };
  }

  async function write(
    add: () => Promise<RowOutcome[]>,
    rows: readonly Row[],
  ): Promise<RowOutcome[]> {
    try {
      return await add();
    } catch (error) {
      if (bug === 'giveUpSilently' && error instanceof TransientError)
        return rows.map(() => ({ stored: true }));
      throw error;
    }
  }

  function renamed(row: Row): Row {
    const id = `made-${chances.random().toString(36).slice(2)}`;
    return { insertId: id, values: { ...row.values, reading_id: id } };
  }
}

function statusOf(error: unknown): number {
  if (error instanceof OverloadedError) return 429;
  return error instanceof TransientError ? 503 : 500;
}
