import { createFaults, type FaultOf, type Faults } from '../faults.ts';
import { BigQueryError, type Reason } from './errors.ts';

/**
 * Something that goes wrong on purpose. Methods have Google's names, e.g. `bigquery.tabledata.insertAll`.
 *
 * - error: refuses with `reason`, without effect
 * - partial-error: insertAll only: refuses every other row, the first one included, with `stopped`
 */
export interface Fault extends FaultOf<'error' | 'partial-error'> {
  readonly reason?: Reason;
}

type Effect = (body: object) => Promise<object | null> | object | null;

/** `random` decides whom a fault with a rate befalls: [0, 1); `methods` are the names of all. */
export function rollFaults(random: () => number, methods: readonly string[]): Faults<Fault> {
  return createFaults<Fault>(random, methods, ({ kind, reason }) => {
    if (kind === 'error' && reason === undefined) {
      throw new RangeError('a fault of kind error needs a reason');
    }
  });
}

/** Does what is asked with a body, or what befalls it. */
export function around(
  faults: Faults<Fault>,
  method: string,
  body: object,
  effect: Effect,
): Promise<object | null> {
  return faults.around(
    method,
    () => effect(body),
    ({ kind, reason = 'backendError' }) => {
      if (kind === 'partial-error') return insertHalf(body, effect);
      throw new BigQueryError(reason, `${reason} on request`);
    },
  );
}

/** Takes every other row of an insertAll, and says so of the rest. */
async function insertHalf(body: object, effect: Effect): Promise<object | null> {
  const rows = (body as { rows?: unknown[] }).rows ?? [];
  const taken = rows.filter((_, index) => index % 2 === 1);
  const reply = (0 < taken.length ? await effect({ ...body, rows: taken }) : {}) as InsertReply;
  const errors = [{ reason: 'stopped', location: '', debugInfo: '', message: '' }];
  const refused = rows.flatMap((_, index) => (index % 2 === 0 ? [{ index, errors }] : []));
  // What was wrong with the rows that were tried is said too, or its sender would count them as stored.
  const wrong = (reply.insertErrors ?? []).map((entry) => ({
    ...entry,
    index: 2 * entry.index + 1,
  }));
  return { ...reply, insertErrors: [...refused, ...wrong] };
}

interface InsertReply {
  readonly insertErrors?: readonly { readonly index: number }[];
}
