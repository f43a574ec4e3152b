import { createServer, type Socket } from 'node:net';
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { ConnectionCut, type Faults } from '../../faults.ts';
import { listenOnLoopback } from '../../loopback.ts';
import type { Engine } from '../engine.ts';
import { BigQueryError } from '../errors.ts';
import { aroundRpc, type Fault } from '../faults.ts';
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

export async function serveWriteApi(
  engine: Engine,
  port: number,
  faults: Faults<Fault>,
): Promise<WriteServer> {
  const streams = keepStreams(engine);
  const sockets = new Map<string, Socket>();
  const cut: Cut = (peer) => sockets.get(peer)?.destroy();
  const unary = (method: string, handle: Handle) => unaryCall(method, handle, faults, cut);
  const server = new Server({ 'grpc.max_receive_message_length': MOST_MESSAGE_BYTES });
  // biome-ignore lint/suspicious/noExplicitAny: the service is made from JSON and has no types
  const root = loadPackageDefinition(WRITE_API) as any;
  server.addService(root.google.cloud.bigquery.storage.v1.BigQueryWrite.service, {
    CreateWriteStream: unary('CreateWriteStream', ({ parent, writeStream }) =>
      describe(streams.create(text(parent), Number((writeStream as { type?: number })?.type ?? 0))),
    ),
    GetWriteStream: unary('GetWriteStream', ({ name, view }) => ({
      ...describe(streams.find(text(name))),
      ...(view === 2
        ? { tableSchema: { fields: streams.tableOf(text(name)).fields.map(describeField) } }
        : {}),
    })),
    FinalizeWriteStream: unary('FinalizeWriteStream', ({ name }) => ({
      rowCount: streams.finalize(text(name)),
    })),
    BatchCommitWriteStreams: unary('BatchCommitWriteStreams', async ({ parent, writeStreams }) => ({
      commitTime: timestamp(await streams.commit(text(parent), (writeStreams ?? []) as string[])),
    })),
    FlushRows: unary('FlushRows', async ({ writeStream, offset }) => {
      const value = Number((offset as { value?: unknown } | null)?.value ?? 0);
      await streams.flush(text(writeStream), value);
      return { offset: value };
    }),
    AppendRows: (call: ServerDuplexStream<AppendRowsRequest, object>) =>
      appendRows(call, streams, faults, cut),
  });
  // Connections come through a server of our own, so that a fault can cut one.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listener = createServer((socket) => {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    sockets.set(peer, socket);
    socket.on('close', () => sockets.delete(peer));
    socket.setNoDelay(true);
    injector.injectConnection(socket);
  });
  const bound = await listenOnLoopback(listener, port, 'BIGQUERY_GRPC_PORT');
  return {
    port: bound,
    stop: () => {
      listener.close();
      server.forceShutdown();
      for (const socket of sockets.values()) socket.destroy();
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;
type Handle = (request: Fields) => object | Promise<object>;
/** Ends the connection to a client without a word. */
type Cut = (peer: string) => void;

function unaryCall(method: string, handle: Handle, faults: Faults<Fault>, cut: Cut) {
  return (call: ServerUnaryCall<Fields, object>, callback: sendUnaryData<object>): void => {
    aroundRpc(faults, method, () => handle(call.request))
      .then((reply) => callback(null, reply))
      .catch((error: unknown) => {
        if (error instanceof ConnectionCut) cut(call.getPeer());
        else callback(toStatus(error));
      });
  };
}

/** The stream and the writer's schema come with the first request of a connection and hold for the rest. */
function appendRows(
  call: ServerDuplexStream<AppendRowsRequest, object>,
  streams: Streams,
  faults: Faults<Fault>,
  cut: Cut,
): void {
  let name = '';
  let decode: DecodeRow | null = null;
  let last: Promise<void> = Promise.resolve();
  let isCut = false;

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
    if (0 < rowErrors.length) return refused(rowErrors, name);
    const offset = request.offset?.value === undefined ? null : Number(request.offset.value);
    const start = await streams.append(name, rows, offset);
    return { appendResult: start === null ? {} : { offset: { value: start } }, writeStream: name };
  }

  function failed(error: unknown): object {
    if (error instanceof ConnectionCut) throw error;
    return { error: toStatus(error), writeStream: name };
  }

  call.on('data', (request: AppendRowsRequest) => {
    // Replies come in the order of the requests.
    last = last.then(async () => {
      if (isCut) return;
      try {
        const reply = await aroundRpc(
          faults,
          'AppendRows',
          () => append(request).catch(failed),
          () => refused(everyOther(request), name || (request.writeStream ?? '')),
        ).catch(failed);
        if (!call.cancelled) call.write(reply);
      } catch {
        isCut = true;
        cut(call.getPeer());
      }
    });
  });
  call.on('end', () => void last.then(() => call.end()));
  // A client that goes away needs no reply.
  call.on('error', () => undefined);
}

/** Of rows that have errors, none is taken. */
function refused(rowErrors: readonly object[], writeStream: string): object {
  const message = `Errors found while processing rows: ${rowErrors.length}. Entity: ${writeStream}`;
  return { error: { code: status.INVALID_ARGUMENT, message }, rowErrors, writeStream };
}

function everyOther(request: AppendRowsRequest): object[] {
  const rows = request.protoRows?.rows?.serializedRows ?? [];
  return rows.flatMap((_, index) =>
    index % 2 === 0 ? [{ index, code: 1, message: 'a row error on request' }] : [],
  );
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
