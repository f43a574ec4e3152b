import { TransientError } from '@plumbline/contracts';
import type { InsertError, InsertRows, Row } from '../../src/platform/row-writer.ts';
import type { Chances } from './chances.ts';
import type { Clock } from './clock.ts';

/** A stored row and when it became visible. */
export interface StoredRow {
  readonly row: Row;
  readonly storedMs: number;
}

/** A table that keeps everything, in a BigQuery that has bad days. */
export interface TableModel {
  readonly rows: readonly StoredRow[];
  /** Insert ids of all rows. */
  readonly ids: ReadonlySet<string>;
  insert: InsertRows;
}

const LATENCY_MS = 60;
const TIMEOUT_MS = 10_000;

/** How often each thing goes wrong, a call or a row. */
const RATES = {
  status503: 0.02,
  status429: 0.01,
  timeoutAfterEffect: 0.02,
  timeoutWithoutEffect: 0.04,
  partial: 0.02,
  refusedRow: 0.001,
};

export function createTable(
  clock: Clock,
  chances: Chances,
  isOutage: () => boolean,
  mayRefuse: boolean,
): TableModel {
  const rows: StoredRow[] = [];
  const ids = new Set<string>();
  const store = (items: readonly Row[]) => {
    for (const row of items) {
      rows.push({ row, storedMs: clock.now() });
      ids.add(row.insertId);
    }
  };

  return {
    rows,
    ids,
    async insert(items) {
      await clock.sleep(LATENCY_MS * (0.5 + chances.random()));
      if (isOutage()) {
        chances.count('outage');
        throw new TransientError('503: outage');
      }
      if (chances.happens('status503', RATES.status503)) throw new TransientError('503');
      if (chances.happens('status429', RATES.status429)) throw new TransientError('429');
      if (chances.happens('timeoutWithoutEffect', RATES.timeoutWithoutEffect)) {
        await clock.sleep(TIMEOUT_MS);
        throw new TransientError('timeout');
      }
      const errors: InsertError[] = [];
      const accepted = items.filter((row, index) => {
        // Whether a row is refused for good is a property of the row, not of the attempt.
        const isRefused = mayRefuse && hash(row.insertId) < RATES.refusedRow;
        const isStopped = !isRefused && chances.happens('partial', RATES.partial / items.length);
        if (isRefused) chances.count('refusedRow');
        if (!isRefused && !isStopped) return true;
        errors.push({ index, errors: [{ reason: isRefused ? 'invalid' : 'stopped' }] });
        return false;
      });
      store(accepted);
      if (chances.happens('timeoutAfterEffect', RATES.timeoutAfterEffect)) {
        await clock.sleep(TIMEOUT_MS);
        throw new TransientError('timeout');
      }
      return errors;
    },
  };
}

/** FNV-1a, to [0, 1). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value ^= value >>> 15;
  value = Math.imul(value, 0x2c1b3c6d);
  value ^= value >>> 12;
  return (value >>> 0) / 2 ** 32;
}
