// The package's index would load its reader and Apache Arrow as well.
import { BigQueryWriteClient } from '@google-cloud/bigquery-storage/build/src/v1/big_query_write_client.js';
import { credentials } from '@grpc/grpc-js';
import { DATASET, TABLES, type Table, type TableName, TransientError } from '@plumbline/contracts';
import { createRowEncoder, type RowEncoder } from './row-encoder.ts';
import type { InsertError, InsertRows, Row } from './row-writer.ts';

/** gRPC waits up to two minutes by itself: longer than a row may be tried. */
const CHANNEL = {
  'grpc.max_reconnect_backoff_ms': 5_000,
  'grpc.initial_reconnect_backoff_ms': 200,
};

/** Google's client. `emulatorHost` is `HOST:PORT` of a server without TLS and accounts, or empty for Google. */
export function createWriteClient(projectId: string, emulatorHost: string): BigQueryWriteClient {
  if (emulatorHost === '') return new BigQueryWriteClient({ projectId, ...CHANNEL });
  const [apiEndpoint, port] = emulatorHost.split(':');
  return new BigQueryWriteClient({
    projectId,
    ...CHANNEL,
    ...(apiEndpoint && { apiEndpoint }),
    port: Number(port),
    sslCreds: credentials.createInsecure(),
  });
}

/**
 * Appends to the default stream of a table, each request tried once.
 *
 * BigQuery takes all rows of a request or none: those beside a refused one come back as `stopped`, to be
 * sent again without it. Copies are not dropped here as insert ids do at their best: the view does it.
 *
 * Source: https://cloud.google.com/bigquery/docs/write-api
 */
export function storageWrite(
  client: BigQueryWriteClient,
  projectId: string,
  name: TableName,
  timeoutMs: number,
): InsertRows {
  const table: Table = TABLES[name];
  const encoder = createRowEncoder(table.columns);
  const stream = `projects/${projectId}/datasets/${DATASET}/tables/${name}/streams/_default`;
  let connection: Connection | undefined;

  return async (rows) => {
    const { serializedRows, errors } = encodeAll(encoder, rows);
    if (errors.length > 0) return withStopped(errors, rows.length);
    if (!connection?.isOpen) connection = connect(client, stream, encoder);
    const { error, rowErrors } = await connection.append(serializedRows, timeoutMs);
    if (rowErrors && rowErrors.length > 0) {
      const refused = rowErrors.map(({ index, message }) =>
        insertError(Number(index), message ?? 'refused'),
      );
      return withStopped(refused, rows.length);
    }
    if (error) throw toError(error);
    return [];
  };
}

interface Status {
  readonly code?: number | null;
  readonly message?: string | null;
}

interface Reply {
  readonly error?: Status | null;
  readonly rowErrors?: readonly {
    readonly index?: unknown;
    readonly message?: string | null;
  }[];
}

/** One bidirectional call: requests go out as they come, replies come back in their order. */
interface Connection {
  readonly isOpen: boolean;
  /** Rejects with a TransientError when the rows may or may not have landed. */
  append(serializedRows: Uint8Array[], timeoutMs: number): Promise<Reply>;
}

function connect(client: BigQueryWriteClient, stream: string, encoder: RowEncoder): Connection {
  // Google routes by this header to the location of the table.
  const headers = { 'x-goog-request-params': `write_stream=${encodeURIComponent(stream)}` };
  const call = client.appendRows({ otherArgs: { headers } });
  const waiting: { resolve(reply: Reply): void; reject(error: Error): void }[] = [];
  let isOpen = true;
  let isFirst = true;

  call.on('data', (reply: Reply) => waiting.shift()?.resolve(reply));
  call.on('error', (error: Status) => close(toError(error)));
  call.on('end', () => close(new TransientError('BigQuery closed the connection')));

  return {
    get isOpen() {
      return isOpen;
    },
    append(serializedRows, timeoutMs) {
      return new Promise((resolve, reject) => {
        // Replies carry no number: after one that is late, none could be told from the next.
        const timer = setTimeout(() => {
          close(new TransientError(`no answer in ${timeoutMs} ms`));
          call.cancel();
        }, timeoutMs);
        waiting.push({
          resolve(reply) {
            clearTimeout(timer);
            resolve(reply);
          },
          reject(error) {
            clearTimeout(timer);
            reject(error);
          },
        });
        call.write({
          ...(isFirst && { writeStream: stream }),
          protoRows: {
            ...(isFirst && { writerSchema: { protoDescriptor: encoder.descriptor } }),
            rows: { serializedRows },
          },
        });
        isFirst = false;
      });
    },
  };

  function close(error: Error): void {
    isOpen = false;
    for (const { reject } of waiting.splice(0)) reject(error);
  }
}

function encodeAll(encoder: RowEncoder, rows: readonly Row[]) {
  const serializedRows: Uint8Array[] = [];
  const errors: InsertError[] = [];
  for (const [index, { values }] of rows.entries()) {
    try {
      serializedRows.push(encoder.encode(values));
    } catch (error) {
      errors.push(insertError(index, error instanceof Error ? error.message : String(error)));
    }
  }
  return { serializedRows, errors };
}

function insertError(index: number, message: string): InsertError {
  return { index, errors: [{ reason: 'invalid', message }] };
}

/** The refused rows, and all others as not taken yet. */
function withStopped(refused: readonly InsertError[], rowCount: number): InsertError[] {
  const indexes = new Set(refused.map(({ index }) => index));
  const stopped = Array.from({ length: rowCount }, (_, index) => index)
    .filter((index) => !indexes.has(index))
    .map((index) => ({ index, errors: [{ reason: 'stopped' }] }));
  return [...refused, ...stopped];
}

/**
 * gRPC codes of what may pass: CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, NOT_FOUND (a table just made),
 * RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE.
 *
 * Source: https://cloud.google.com/bigquery/docs/write-api-best-practices
 */
const TRANSIENT_CODES = new Set([1, 2, 4, 5, 8, 10, 13, 14]);

function toError({ code, message }: Status): Error {
  const text = `${message ?? 'BigQuery failed'} (gRPC code ${code})`;
  return TRANSIENT_CODES.has(Number(code)) ? new TransientError(text) : new Error(text);
}
