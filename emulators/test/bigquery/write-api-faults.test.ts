import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freshEmulator } from './fresh-emulator.ts';
import { openWriteClient, PARENT, TABLE, type WriteClient } from './write-client.ts';

let dice: number[] = [];
const { emulator, rows, rest } = freshEmulator(() => ({
  grpcPort: 0,
  random: () => dice.shift() ?? 0,
}));
let client: WriteClient;
beforeEach(async () => {
  dice = [];
  await rows(TABLE);
  client = openWriteClient(emulator().grpcPort);
});
afterEach(() => client.close());

const DEFAULT = `${PARENT}/streams/_default`;
const method = 'AppendRows';
const ids = async () => (await rows('SELECT id FROM d.t ORDER BY id')).flat();
const batch = (...names: string[]) => ({ rows: names.map((id) => ({ id })) });

describe('AppendRows', () => {
  test('comes later', async () => {
    emulator().setFaults([{ method, kind: 'latency', latencyMs: 120, times: 1 }]);
    const start = performance.now();
    await client.append(DEFAULT, batch('a'));
    expect(performance.now() - start).toBeGreaterThan(110);
    expect(await ids()).toEqual(['a']);
  });

  test('is refused with a status, and the connection goes on', async () => {
    emulator().setFaults([{ method, kind: 'status', status: 'ABORTED', times: 1 }]);
    const [first, second] = await client.append(DEFAULT, batch('a'), batch('b'));
    // The request that brought the schema is the one that was refused.
    expect(first?.error).toMatchObject({ code: 10, message: 'ABORTED on request' });
    expect(second?.error).toMatchObject({ code: 3 });
    expect(await ids()).toEqual([]);
    expect(await client.append(DEFAULT, batch('a'))).toHaveLength(1);
    expect(await ids()).toEqual(['a']);
  });

  test('has errors in every other row, and takes none', async () => {
    emulator().setFaults([{ method, kind: 'partial-error', times: 1 }]);
    const [reply] = await client.append(DEFAULT, batch('a', 'b', 'c'));
    expect(reply).toMatchObject({
      error: { code: 3 },
      rowErrors: [
        { index: '0', message: 'a row error on request' },
        { index: '2', message: 'a row error on request' },
      ],
    });
    expect(await ids()).toEqual([]);
  });

  test.each([
    ['cut-before', []],
    ['cut-after', ['a']],
  ] as const)('%s: the connection breaks', async (kind, left) => {
    emulator().setFaults([{ method, kind, times: 1 }]);
    await expect(client.append(DEFAULT, batch('a'), batch('z'))).rejects.toMatchObject({
      code: 14,
    });
    await emulator().settled();
    expect(await ids()).toEqual(left);
    await client.append(DEFAULT, batch('b'));
    expect(await ids()).toEqual([...left, 'b']);
  });

  test('happens twice; offsets keep the rows once', async () => {
    emulator().setFaults([{ method, kind: 'duplicate' }]);
    const [reply] = await client.append(DEFAULT, batch('a'));
    expect(reply).toHaveProperty('appendResult');
    expect(await ids()).toEqual(['a', 'a']);
    const { name } = await client.call('CreateWriteStream', {
      parent: PARENT,
      writeStream: { type: 1 },
    });
    const [once] = await client.append(name, { offset: 0, ...batch('b') });
    expect(once?.appendResult).toEqual({ offset: { value: '0' } });
    expect(await ids()).toEqual(['a', 'a', 'b']);
  });

  test('by rate: the dice decide, call by call', async () => {
    dice = [0.9, 0.1, 0.9];
    emulator().setFaults([{ method, kind: 'status', status: 'UNAVAILABLE', rate: 0.5 }]);
    const replies = await client.append(DEFAULT, batch('a'), batch('b'), batch('c'));
    expect(replies.map(({ error }) => error?.code)).toEqual([undefined, 14, undefined]);
    expect(await ids()).toEqual(['a', 'c']);
    expect(emulator().faultCounts()).toEqual({ 'AppendRows status': 1 });
  });
});

test('other calls are refused, cut and done twice', async () => {
  const create = () =>
    client.call('CreateWriteStream', { parent: PARENT, writeStream: { type: 2 } });
  emulator().setFaults([
    { method: 'CreateWriteStream', kind: 'status', status: 'UNAVAILABLE', times: 1 },
  ]);
  await expect(create()).rejects.toMatchObject({ code: 14, details: 'UNAVAILABLE on request' });
  const { name } = await create();
  await client.append(name, batch('a'));
  await client.call('FinalizeWriteStream', { name });
  const commit = () =>
    client.call('BatchCommitWriteStreams', { parent: PARENT, writeStreams: [name] });
  emulator().setFaults([{ method: 'BatchCommitWriteStreams', kind: 'cut-before', times: 1 }]);
  await expect(commit()).rejects.toMatchObject({ code: 14 });
  expect(await ids()).toEqual([]);
  emulator().setFaults([{ method: 'BatchCommitWriteStreams', kind: 'duplicate', times: 1 }]);
  await commit();
  expect(await ids()).toEqual(['a']);
});

test('insertAll happens twice, past its insertIds', async () => {
  emulator().setFaults([{ method: 'bigquery.tabledata.insertAll', kind: 'duplicate', times: 1 }]);
  const insert = (id: string) =>
    rest('POST', '/datasets/d/tables/t/insertAll', { rows: [{ insertId: id, json: { id } }] });
  expect(await insert('a')).toMatchObject({ status: 200 });
  await insert('a');
  expect(await ids()).toEqual(['a', 'a']);
});

test.each([
  [{ method: 'AppendRow', kind: 'status', status: 'ABORTED' }, /fault method "AppendRow" is not/],
  [{ method, kind: 'status' }, /fault status undefined is no status/],
  [{ method, kind: 'status', status: 'OK' }, /fault status OK is no status/],
  [{ method, kind: 'error', reason: 'backendError' }, /kind error cannot befall AppendRows/],
  [{ method: 'FlushRows', kind: 'partial-error' }, /cannot befall FlushRows/],
  [{ method: 'bigquery.jobs.query', kind: 'duplicate' }, /cannot befall bigquery.jobs.query/],
])('a fault that makes no sense is refused: %j', (fault, complaint) => {
  expect(() => emulator().setFaults([fault as never])).toThrow(complaint);
});
