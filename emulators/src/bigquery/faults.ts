import { status } from '@grpc/grpc-js';
import { createFaults, type FaultOf, type Faults } from '../faults.ts';
import { BigQueryError, type Reason } from './errors.ts';
import { StreamError } from './write-api/streams.ts';

/** The calls of the Storage Write API; `AppendRows` is each request of its stream. */
export const WRITE_RPCS: readonly string[] = [
  'CreateWriteStream',
  'AppendRows',
  'GetWriteStream',
  'FlushRows',
  'FinalizeWriteStream',
  'BatchCommitWriteStreams',
];

/**
 * Something that goes wrong on purpose. Methods are Google's names of REST methods, e.g.
 * `bigquery.tabledata.insertAll`, and RPCs of the Storage Write API.
 *
 * - error: REST: refuses with `reason`, without effect
 * - status: RPCs: refuses with `status`, without effect; AppendRows goes on with the next request
 * - partial-error: insertAll refuses every other row, the first one included, with `stopped`;
 *   AppendRows finds every other row wrong, and so takes none
 * - duplicate: insertAll and RPCs: has its effect twice, as after a retry that nobody asked for
 */
export interface Fault extends FaultOf<'error' | 'status' | 'partial-error' | 'duplicate'> {
  readonly reason?: Reason;
  readonly status?: Exclude<keyof typeof status, 'OK'>;
}

type Effect = (body: object) => Promise<object | null> | object | null;

/** `random` decides whom a fault with a rate befalls: [0, 1); `methods` are the names of all. */
export function rollFaults(random: () => number, methods: readonly string[]): Faults<Fault> {
  return createFaults<Fault>(random, [...methods, ...WRITE_RPCS], (fault) => {
    const { method, kind, reason } = fault;
    const isRpc = WRITE_RPCS.includes(method);
    const isInsert = method === INSERT_ALL;
    const fits = {
      error: !isRpc,
      status: isRpc,
      'partial-error': isInsert || method === 'AppendRows',
      duplicate: isInsert || isRpc,
    };
    if (kind in fits && !fits[kind as keyof typeof fits])
      throw new RangeError(`a fault of kind ${kind} cannot befall ${method}`);
    if (kind === 'error' && reason === undefined)
      throw new RangeError('a fault of kind error needs a reason');
    if (kind === 'status' && !(fault.status !== undefined && 0 < Number(status[fault.status])))
      throw new RangeError(`fault status ${fault.status} is no status of gRPC`);
  });
}

const INSERT_ALL = 'bigquery.tabledata.insertAll';

/** Does what an RPC asks, or what befalls it. `partial` is what comes of it where rows are wrong. */
export function aroundRpc<Result>(
  faults: Faults<Fault>,
  method: string,
  effect: () => Result | Promise<Result>,
  partial: () => Result = () => {
    throw new StreamError(status.INTERNAL, `no rows in ${method}`);
  },
): Promise<Result> {
  return faults.around(method, effect, async (fault) => {
    if (fault.kind === 'partial-error') return partial();
    if (fault.kind === 'status')
      throw new StreamError(status[fault.status ?? 'UNAVAILABLE'], `${fault.status} on request`);
    return twice(effect);
  });
}

/** What comes of the second time, nobody is told. */
async function twice<Result>(
  effect: () => Result | Promise<Result>,
  again: () => Result | Promise<Result> = effect,
): Promise<Result> {
  const first = await effect();
  await Promise.resolve()
    .then(again)
    .catch(() => undefined);
  return first;
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
      if (kind === 'duplicate')
        return twice(
          () => effect(body),
          () => effect(withoutIds(body)),
        );
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

/** Rows that BigQuery does not know again. */
function withoutIds(body: object): object {
  const rows = (body as { rows?: { insertId?: string }[] }).rows ?? [];
  return { ...body, rows: rows.map(({ insertId: _, ...row }) => row) };
}

interface InsertReply {
  readonly insertErrors?: readonly { readonly index: number }[];
}
