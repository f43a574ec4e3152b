import { credentials, loadPackageDefinition, status } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BigQueryEmulator, startBigQuery } from '../../src/bigquery/index.ts';
import { WRITE_API } from '../../src/bigquery/write-api/definition.ts';
import type { Plain } from './reference.ts';
import { ask } from './rest.ts';

const PARENT = 'projects/demo/datasets/d/tables/t';
const ROW = new protobuf.Type('Row')
  .add(new protobuf.Field('id', 1, 'string'))
  .add(new protobuf.Field('n', 2, 'int64'))
  .add(new protobuf.Field('ts', 3, 'int64'))
  .add(new protobuf.Field('v', 4, 'double'))
  .add(new protobuf.Field('tags', 5, 'string', 'repeated'));
new protobuf.Root().add(ROW);

// biome-ignore lint/suspicious/noExplicitAny: the client is made from JSON and has no types
let client: any;
let emulator: BigQueryEmulator;
beforeAll(async () => {
  emulator = await startBigQuery({ grpcPort: 0 });
  await rows('CREATE SCHEMA d');
  await rows(
    'CREATE TABLE d.t (id STRING NOT NULL, n INT64, ts TIMESTAMP, v FLOAT64, tags ARRAY<STRING>)',
  );
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const root = loadPackageDefinition(WRITE_API) as any;
  client = new root.google.cloud.bigquery.storage.v1.BigQueryWrite(
    `127.0.0.1:${emulator.grpcPort}`,
    credentials.createInsecure(),
  );
});
afterAll(async () => {
  client.close();
  await emulator.stop();
});

async function rows(sql: string): Promise<Plain[][]> {
  const answer = await ask(emulator.env.BIGQUERY_EMULATOR_HOST ?? '', sql);
  if ('error' in answer) throw new Error(answer.error);
  return answer.rows;
}

// biome-ignore lint/suspicious/noExplicitAny: replies are plain JSON
function call(method: string, request: object): Promise<any> {
  return new Promise((resolve, reject) => {
    client[method](request, (error: Error | null, reply: object) =>
      error === null ? resolve(reply) : reject(error),
    );
  });
}

interface Reply {
  readonly error?: { readonly code: number };
  readonly appendResult?: { readonly offset: { readonly value: string } };
  readonly rowErrors?: readonly object[];
}

/** Sends requests down one connection and gives the replies. */
function append(
  writeStream: string,
  ...batches: { offset?: number; rows: object[] }[]
): Promise<Reply[]> {
  const replies: Reply[] = [];
  const stream = client.AppendRows();
  const proto = (ROW as unknown as { toDescriptor(syntax: string): protobuf.Message }).toDescriptor(
    'proto2',
  );
  const protoDescriptor = descriptor.DescriptorProto.encode(proto as never).finish();
  return new Promise((resolve, reject) => {
    stream.on('data', (reply: Reply) => replies.push(reply));
    stream.on('error', reject);
    stream.on('end', () => resolve(replies));
    for (const [index, batch] of batches.entries()) {
      stream.write({
        ...(index === 0 ? { writeStream } : {}),
        ...(batch.offset === undefined ? {} : { offset: { value: batch.offset } }),
        protoRows: {
          ...(index === 0 ? { writerSchema: { protoDescriptor } } : {}),
          rows: { serializedRows: batch.rows.map((row) => ROW.encode(ROW.create(row)).finish()) },
        },
      });
    }
    stream.end();
  });
}

test('rows of the default stream are there when the reply is', async () => {
  await append(
    `${PARENT}/streams/_default`,
    { rows: [{ id: 'a', n: 7, ts: 1_767_225_600_000_001, v: 1.5, tags: ['x', 'y'] }] },
    { rows: [{ id: 'b' }] },
  );
  expect(await rows("SELECT * FROM d.t WHERE id IN ('a', 'b') ORDER BY id")).toEqual([
    ['a', '7', '2026-01-01 00:00:00.000001+00', 1.5, ['x', 'y']],
    ['b', null, null, null, []],
  ]);
});

test('a committed stream takes each offset once', async () => {
  const { name } = await call('CreateWriteStream', { parent: PARENT, writeStream: { type: 1 } });
  const replies = await append(
    name,
    { offset: 0, rows: [{ id: 'c1' }, { id: 'c2' }] },
    { offset: 0, rows: [{ id: 'c1' }] },
    { offset: 5, rows: [{ id: 'c9' }] },
    { rows: [{ id: 'c3' }] },
  );
  expect(replies.map((reply) => reply.error?.code ?? reply.appendResult?.offset.value)).toEqual([
    '0',
    status.ALREADY_EXISTS,
    status.OUT_OF_RANGE,
    '2',
  ]);
  expect(await call('FinalizeWriteStream', { name })).toMatchObject({ rowCount: '3' });
  expect(await rows("SELECT COUNT(*) FROM d.t WHERE STARTS_WITH(id, 'c')")).toEqual([['3']]);
});

test('rows of pending streams appear together, at the commit', async () => {
  const names: string[] = [];
  for (const id of ['p1', 'p2']) {
    const { name } = await call('CreateWriteStream', { parent: PARENT, writeStream: { type: 2 } });
    await append(name, { offset: 0, rows: [{ id }] });
    names.push(name);
  }
  await call('FinalizeWriteStream', { name: names[0] });
  const early = await call('BatchCommitWriteStreams', {
    parent: PARENT,
    writeStreams: names,
  }).catch((error) => error);
  expect(early.code).toBe(status.INVALID_ARGUMENT);
  expect(await rows("SELECT id FROM d.t WHERE STARTS_WITH(id, 'p')")).toEqual([]);
  await call('FinalizeWriteStream', { name: names[1] });
  await call('BatchCommitWriteStreams', { parent: PARENT, writeStreams: names });
  expect(await rows("SELECT id FROM d.t WHERE STARTS_WITH(id, 'p') ORDER BY id")).toEqual([
    ['p1'],
    ['p2'],
  ]);
});

test('rows of a buffered stream appear as far as they are flushed', async () => {
  const { name } = await call('CreateWriteStream', { parent: PARENT, writeStream: { type: 3 } });
  await append(name, { offset: 0, rows: [{ id: 'f1' }, { id: 'f2' }, { id: 'f3' }] });
  const seen = () => rows("SELECT id FROM d.t WHERE STARTS_WITH(id, 'f') ORDER BY id");
  expect(await seen()).toEqual([]);
  const flush = (offset: number) =>
    call('FlushRows', { writeStream: name, offset: { value: offset } });
  expect(await flush(1)).toMatchObject({ offset: '1' });
  expect(await seen()).toEqual([['f1'], ['f2']]);
  await flush(0);
  expect(await seen()).toEqual([['f1'], ['f2']]);
  await append(name, { offset: 3, rows: [{ id: 'f4' }] });
  await flush(3);
  expect(await seen()).toEqual([['f1'], ['f2'], ['f3'], ['f4']]);
  expect(await flush(9).catch((error) => error)).toMatchObject({ code: status.OUT_OF_RANGE });
  const other = await call('CreateWriteStream', { parent: PARENT, writeStream: { type: 1 } });
  for (const writeStream of [other.name, `${PARENT}/streams/_default`])
    expect(
      await call('FlushRows', { writeStream, offset: { value: 0 } }).catch((error) => error),
    ).toMatchObject({ code: status.INVALID_ARGUMENT });
});

test('one bad row refuses its request and is named', async () => {
  const [reply] = await append(`${PARENT}/streams/_default`, { rows: [{ id: 'e1' }, { n: 5 }] });
  expect(reply?.error?.code).toBe(status.INVALID_ARGUMENT);
  expect(reply?.rowErrors).toEqual([
    expect.objectContaining({ index: '1', message: 'Field id is required, and has no value' }),
  ]);
  expect(await rows("SELECT id FROM d.t WHERE id = 'e1'")).toEqual([]);
});

test('a stream tells the schema of its table', async () => {
  const stream = await call('GetWriteStream', { name: `${PARENT}/streams/_default`, view: 2 });
  expect(
    stream.tableSchema.fields.map((field: { name: string; type: number; mode: number }) => [
      field.name,
      field.type,
      field.mode,
    ]),
  ).toEqual([
    ['id', 1, 2],
    ['n', 2, 1],
    ['ts', 7, 1],
    ['v', 3, 1],
    ['tags', 1, 3],
  ]);
});
