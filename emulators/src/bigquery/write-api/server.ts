import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import type { Engine } from '../engine.ts';
import { BigQueryError } from '../errors.ts';
import { RowError } from '../rows.ts';
import type { Field } from '../schema.ts';
import { compileDecoder, type DecodeRow } from './decode.ts';
import { type AppendRowsRequest, WRITE_API } from './definition.ts';
import { keepStreams, StreamError, type Streams, type WriteStream } from './streams.ts';

const MOST_MESSAGE_BYTES = 10 * 1024 * 1024;

/** The Storage Write API over plaintext gRPC on 127.0.0.1. */
export interface WriteServer {
  readonly port: number;
  stop(): void;
}

export async function serveWriteApi(engine: Engine, port: number): Promise<WriteServer> {
  const streams = keepStreams(engine);
  const server = new Server({ 'grpc.max_receive_message_length': MOST_MESSAGE_BYTES });
  // biome-ignore lint/suspicious/noExplicitAny: the service is made from JSON and has no types
  const root = loadPackageDefinition(WRITE_API) as any;
  server.addService(root.google.cloud.bigquery.storage.v1.BigQueryWrite.service, {
    CreateWriteStream: unary(({ parent, writeStream }) =>
      describe(streams.create(text(parent), Number((writeStream as { type?: number })?.type ?? 0))),
    ),
    GetWriteStream: unary(({ name, view }) => ({
      ...describe(streams.find(text(name))),
      ...(view === 2
        ? { tableSchema: { fields: streams.tableOf(text(name)).fields.map(describeField) } }
        : {}),
    })),
    FinalizeWriteStream: unary(({ name }) => ({ rowCount: streams.finalize(text(name)) })),
    BatchCommitWriteStreams: unary(async ({ parent, writeStreams }) => ({
      commitTime: timestamp(await streams.commit(text(parent), (writeStreams ?? []) as string[])),
    })),
    FlushRows: unary(async ({ writeStream, offset }) => {
      const value = Number((offset as { value?: unknown } | null)?.value ?? 0);
      await streams.flush(text(writeStream), value);
      return { offset: value };
    }),
    AppendRows: (call: ServerDuplexStream<AppendRowsRequest, object>) => appendRows(call, streams),
  });
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, own) => {
      if (error === null) resolve(own);
      else
        reject(
          new Error(`port ${port} is in use: stop what uses it or set BIGQUERY_GRPC_PORT`, {
            cause: error,
          }),
        );
    });
  });
  return { port: bound, stop: () => server.forceShutdown() };
}

type Fields = Readonly<Record<string, unknown>>;

function unary(handle: (request: Fields) => object | Promise<object>) {
  return (call: ServerUnaryCall<Fields, object>, callback: sendUnaryData<object>): void => {
    Promise.resolve()
      .then(() => handle(call.request))
      .then((reply) => callback(null, reply))
      .catch((error: unknown) => callback(toStatus(error)));
  };
}

/** The stream and the writer's schema come with the first request of a connection and hold for the rest. */
function appendRows(call: ServerDuplexStream<AppendRowsRequest, object>, streams: Streams): void {
  let name = '';
  let decode: DecodeRow | null = null;
  let last: Promise<void> = Promise.resolve();

  async function append(request: AppendRowsRequest): Promise<object> {
    name = request.writeStream || name;
    if (request.rows === 'arrowRows')
      throw new StreamError(
        status.UNIMPLEMENTED,
        'AppendRows with Arrow is not supported by the local emulator',
      );
    const schema = request.protoRows?.writerSchema?.protoDescriptor;
    if (schema !== undefined) decode = compileDecoder(schema, streams.tableOf(name).columns);
    if (decode === null)
      throw new StreamError(
        status.INVALID_ARGUMENT,
        'The first request of a connection needs a writer schema',
      );
    const rows: { values: ReturnType<DecodeRow> }[] = [];
    const rowErrors: object[] = [];
    for (const [index, bytes] of (request.protoRows?.rows?.serializedRows ?? []).entries()) {
      try {
        rows.push({ values: decode(bytes) });
      } catch (error) {
        rowErrors.push({ index, code: 1, message: (error as Error).message });
      }
    }
    if (0 < rowErrors.length) {
      return {
        error: {
          code: status.INVALID_ARGUMENT,
          message: `Errors found while processing rows: ${rowErrors.length}. Entity: ${name}`,
        },
        rowErrors,
        writeStream: name,
      };
    }
    const offset = request.offset?.value === undefined ? null : Number(request.offset.value);
    const start = await streams.append(name, rows, offset);
    return { appendResult: start === null ? {} : { offset: { value: start } }, writeStream: name };
  }

  call.on('data', (request: AppendRowsRequest) => {
    // Replies come in the order of the requests.
    last = last.then(async () => {
      const reply = await append(request).catch((error: unknown) => ({
        error: toStatus(error),
        writeStream: name,
      }));
      if (!call.cancelled) call.write(reply);
    });
  });
  call.on('end', () => void last.then(() => call.end()));
  // A client that goes away needs no reply.
  call.on('error', () => undefined);
}

function toStatus(error: unknown): { code: number; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof StreamError) return { code: error.code, message };
  if (error instanceof RowError) return { code: status.INVALID_ARGUMENT, message };
  if (error instanceof BigQueryError)
    return {
      code: error.reason === 'notFound' ? status.NOT_FOUND : status.INVALID_ARGUMENT,
      message,
    };
  return { code: status.INTERNAL, message };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function describe(stream: WriteStream): object {
  const { name, type, createdMs, committedMs } = stream;
  return {
    name,
    type,
    createTime: timestamp(createdMs),
    ...(committedMs === null ? {} : { commitTime: timestamp(committedMs) }),
    writeMode: 1,
    location: 'US',
  };
}

function timestamp(ms: number): object {
  return { seconds: Math.floor(ms / 1000), nanos: Math.round((ms % 1000) * 1e6) };
}

/** Numbers of google.cloud.bigquery.storage.v1.TableFieldSchema.Type. */
const TYPES: Readonly<Record<string, number>> = {
  STRING: 1,
  INTEGER: 2,
  FLOAT: 3,
  RECORD: 4,
  BYTES: 5,
  BOOLEAN: 6,
  TIMESTAMP: 7,
  DATE: 8,
  TIME: 9,
  DATETIME: 10,
  NUMERIC: 12,
  INTERVAL: 14,
  JSON: 15,
};
const MODES: Readonly<Record<string, number>> = { NULLABLE: 1, REQUIRED: 2, REPEATED: 3 };

function describeField(field: Field): object {
  return {
    name: field.name,
    type: TYPES[field.type] ?? 0,
    mode: MODES[field.mode ?? 'NULLABLE'] ?? 1,
    fields: (field.fields ?? []).map(describeField),
    ...(field.description === undefined ? {} : { description: field.description }),
  };
}
