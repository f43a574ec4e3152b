import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BigQueryEmulator, startBigQuery } from '../../src/bigquery/index.ts';
import type { Plain } from './reference.ts';
import { ask } from './rest.ts';
import { openWriteClient, PARENT, TABLE, type WriteClient } from './write-client.ts';

let client: WriteClient;
let emulator: BigQueryEmulator;
beforeAll(async () => {
  emulator = await startBigQuery({ grpcPort: 0 });
  await rows('CREATE SCHEMA d');
  await rows(TABLE);
  client = openWriteClient(emulator.grpcPort);
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

test('rows of the default stream are there when the reply is', async () => {
  await client.append(
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
  const { name } = await client.call('CreateWriteStream', {
    parent: PARENT,
    writeStream: { type: 1 },
  });
  const replies = await client.append(
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
  expect(await client.call('FinalizeWriteStream', { name })).toMatchObject({ rowCount: '3' });
  expect(await rows("SELECT COUNT(*) FROM d.t WHERE STARTS_WITH(id, 'c')")).toEqual([['3']]);
});

test('rows of pending streams appear together, at the commit', async () => {
  const names: string[] = [];
  for (const id of ['p1', 'p2']) {
    const { name } = await client.call('CreateWriteStream', {
      parent: PARENT,
      writeStream: { type: 2 },
    });
    await client.append(name, { offset: 0, rows: [{ id }] });
    names.push(name);
  }
  await client.call('FinalizeWriteStream', { name: names[0] });
  const early = await client
    .call('BatchCommitWriteStreams', {
      parent: PARENT,
      writeStreams: names,
    })
    .catch((error) => error);
  expect(early.code).toBe(status.INVALID_ARGUMENT);
  expect(await rows("SELECT id FROM d.t WHERE STARTS_WITH(id, 'p')")).toEqual([]);
  await client.call('FinalizeWriteStream', { name: names[1] });
  await client.call('BatchCommitWriteStreams', { parent: PARENT, writeStreams: names });
  expect(await rows("SELECT id FROM d.t WHERE STARTS_WITH(id, 'p') ORDER BY id")).toEqual([
    ['p1'],
    ['p2'],
  ]);
});

test('rows of a buffered stream appear as far as they are flushed', async () => {
  const { name } = await client.call('CreateWriteStream', {
    parent: PARENT,
    writeStream: { type: 3 },
  });
  await client.append(name, { offset: 0, rows: [{ id: 'f1' }, { id: 'f2' }, { id: 'f3' }] });
  const seen = () => rows("SELECT id FROM d.t WHERE STARTS_WITH(id, 'f') ORDER BY id");
  expect(await seen()).toEqual([]);
  const flush = (offset: number) =>
    client.call('FlushRows', { writeStream: name, offset: { value: offset } });
  expect(await flush(1)).toMatchObject({ offset: '1' });
  expect(await seen()).toEqual([['f1'], ['f2']]);
  await flush(0);
  expect(await seen()).toEqual([['f1'], ['f2']]);
  await client.append(name, { offset: 3, rows: [{ id: 'f4' }] });
  await flush(3);
  expect(await seen()).toEqual([['f1'], ['f2'], ['f3'], ['f4']]);
  expect(await flush(9).catch((error) => error)).toMatchObject({ code: status.OUT_OF_RANGE });
  const other = await client.call('CreateWriteStream', {
    parent: PARENT,
    writeStream: { type: 1 },
  });
  for (const writeStream of [other.name, `${PARENT}/streams/_default`])
    expect(
      await client.call('FlushRows', { writeStream, offset: { value: 0 } }).catch((error) => error),
    ).toMatchObject({ code: status.INVALID_ARGUMENT });
});

test('one bad row refuses its request and is named', async () => {
  const [reply] = await client.append(`${PARENT}/streams/_default`, {
    rows: [{ id: 'e1' }, { n: 5 }],
  });
  expect(reply?.error?.code).toBe(status.INVALID_ARGUMENT);
  expect(reply?.rowErrors).toEqual([
    expect.objectContaining({ index: '1', message: 'Field id is required, and has no value' }),
  ]);
  expect(await rows("SELECT id FROM d.t WHERE id = 'e1'")).toEqual([]);
});

test('a stream tells the schema of its table', async () => {
  const stream = await client.call('GetWriteStream', {
    name: `${PARENT}/streams/_default`,
    view: 2,
  });
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
