import { connect, createServer, type Socket } from 'node:net';
import type { BigQuery, TableField } from '@google-cloud/bigquery';
import { DATASET, TABLES, type TableName, TransientError } from '@plumbline/contracts';
import { type BigQueryEmulator, startBigQuery } from '@plumbline/emulators';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createBigQuery, insertAll } from './big-query.ts';
import { createRetryBudget, RETRY_BUDGET } from './retry-budget.ts';
import { createRowWriter, type Row } from './row-writer.ts';
import { createWriteClient, storageWrite } from './storage-write.ts';

let emulator: BigQueryEmulator;
beforeAll(async () => {
  emulator = await startBigQuery({ grpcPort: 0 });
});
afterAll(() => emulator.stop());

const grpcHost = () => `127.0.0.1:${emulator.grpcPort}`;
const clientOf = (projectId: string) =>
  createBigQuery({ projectId, apiEndpoint: `http://${emulator.host}` });

async function createTable(
  bigquery: BigQuery,
  name: TableName,
  change: (field: TableField) => TableField = (field) => field,
): Promise<void> {
  await bigquery.createDataset(DATASET).catch(() => undefined);
  const fields = structuredClone(TABLES[name].columns) as unknown as TableField[];
  await bigquery.dataset(DATASET).createTable(name, { schema: { fields: fields.map(change) } });
}

function openInsert(projectId: string, name: TableName, host = grpcHost(), timeoutMs = 5_000) {
  const client = createWriteClient(projectId, host);
  onTestFinished(() => void client.close());
  return storageWrite(client, projectId, name, timeoutMs);
}

const EFFECTS = {
  now: Date.now,
  sleep: async () => {},
  random: () => 0.5,
  budget: createRetryBudget(RETRY_BUDGET, Date.now),
};

function reading(id: string, change: Record<string, unknown> = {}): Row {
  return {
    insertId: id,
    values: {
      reading_id: id,
      device_id: 'd',
      measured_at: Date.parse('2026-01-01T00:00:00.123Z'),
      received_at: Date.parse('2026-01-01T00:00:01.000Z'),
      message_id: 'm',
      building: 'A',
      ...change,
    },
  };
}

async function idsIn(projectId: string): Promise<string[]> {
  const [rows] = await clientOf(projectId).query(
    `SELECT reading_id FROM ${DATASET}.readings_raw ORDER BY reading_id`,
  );
  return rows.map((row: { reading_id: string }) => row.reading_id);
}

const PREDICTION = {
  reading_id: 'r',
  device_id: 'd',
  measured_at: Date.parse('2026-01-01T00:00:00.123Z'),
  predicted_at: Date.parse('1969-12-31T23:59:59.999Z'),
  is_anomaly: true,
  score: 0.25,
  threshold: 1e-9,
  severity: 'warning',
  anomaly_types: ['overheating', 'ünïcödé'],
  detectors: [],
};

describe('the same row by either API reads the same', () => {
  test.each<[string, TableName, Record<string, unknown>]>([
    [
      'a reading',
      'readings_raw',
      reading('r', { floor: -2, temperature: 21.5, humidity: 0, label: undefined }).values,
    ],
    ['a prediction', 'predictions', PREDICTION],
    [
      'an anomaly',
      'anomalies',
      {
        ...PREDICTION,
        floor: 0,
        is_alert: false,
        explanation: '',
        contributions: [
          { metric: 'temperature', value: 80, expected: 21, low: 18, high: 24, share: 0.75 },
          { metric: 'humidity', value: 3, share: 0.25 },
        ],
      },
    ],
    [
      'a dead letter',
      'dead_letters',
      {
        dead_letter_id: 'x',
        received_at: Date.parse('2026-01-01T00:00:00.000Z'),
        message_id: 'm',
        reading_index: 499,
        reason: 'not_json',
        detail: 'd',
        payload: '{"a":\n',
        is_truncated: false,
      },
    ],
  ])('%s', async (_, name, values) => {
    const read = [];
    for (const kind of ['rest', 'grpc']) {
      const projectId = `same-${name.replaceAll('_', '-')}-${kind}`;
      const bigquery = clientOf(projectId);
      await createTable(bigquery, name);
      const insert =
        kind === 'rest' ? insertAll(bigquery, name, 5_000) : openInsert(projectId, name);
      expect(await insert([{ insertId: 'i', values }])).toEqual([]);
      read.push((await bigquery.query(`SELECT * FROM ${DATASET}.${name}`))[0]);
    }
    expect(read[0]).toHaveLength(1);
    expect(read[1]).toEqual(read[0]);
  });
});

describe('refused rows', () => {
  test('a row that its table cannot hold is named, the others are stored, once', async () => {
    await createTable(clientOf('refused-here'), 'readings_raw');
    const writer = createRowWriter(openInsert('refused-here', 'readings_raw'), EFFECTS);
    const outcomes = await writer.add(
      [
        reading('a'),
        reading('b', { floor: 1.5 }),
        reading('c', { device_id: undefined }),
        reading('d', { colour: 'red' }),
        reading('e', { measured_at: 'yesterday' }),
        reading('f'),
      ],
      600,
    );
    expect(outcomes).toEqual([
      { stored: true },
      { stored: false, detail: 'invalid: floor: wanted a whole number, got 1.5' },
      { stored: false, detail: 'invalid: missing required field: device_id' },
      { stored: false, detail: 'invalid: no such field: colour' },
      { stored: false, detail: 'invalid: measured_at: wanted a time, got "yesterday"' },
      { stored: true },
    ]);
    expect(await idsIn('refused-here')).toEqual(['a', 'f']);
  });

  test('a row that BigQuery refuses is named, the others are stored, once', async () => {
    // The table wants more than the contract: only BigQuery can know.
    await createTable(clientOf('refused-there'), 'readings_raw', (field) =>
      field.name === 'building' ? { ...field, mode: 'REQUIRED' } : field,
    );
    const writer = createRowWriter(openInsert('refused-there', 'readings_raw'), EFFECTS);
    const rows = [reading('a'), reading('b', { building: undefined }), reading('c')];
    const outcomes = await writer.add(rows, 300);
    expect(outcomes.map(({ stored }) => stored)).toEqual([true, false, true]);
    expect(outcomes[1]).toMatchObject({ detail: expect.stringContaining('building') });
    expect(await idsIn('refused-there')).toEqual(['a', 'c']);
  });
});

describe('a bad connection', () => {
  test('a cut may pass, and the next append opens another connection', async () => {
    await createTable(clientOf('cut'), 'readings_raw');
    const proxy = await startProxy(emulator.grpcPort as number);
    const insert = openInsert('cut', 'readings_raw', `127.0.0.1:${proxy.port}`);
    expect(await insert([reading('a')])).toEqual([]);
    proxy.holdAnswers();
    const unanswered = insert([reading('b')]);
    await expect.poll(() => idsIn('cut')).toEqual(['a', 'b']);
    proxy.cut();
    await expect(unanswered).rejects.toBeInstanceOf(TransientError);
    // The gRPC channel dials again by itself; until then an append may fail as one that may pass.
    const writer = createRowWriter(insert, { ...EFFECTS, sleep: () => pause(50) });
    expect(await writer.add([reading('c')], 100)).toEqual([{ stored: true }]);
    expect(await idsIn('cut')).toEqual(['a', 'b', 'c']);
  });

  test('an answer that never comes is given up in time, for all that wait', async () => {
    await createTable(clientOf('silent'), 'readings_raw');
    const proxy = await startProxy(emulator.grpcPort as number);
    const insert = openInsert('silent', 'readings_raw', `127.0.0.1:${proxy.port}`, 300);
    expect(await insert([reading('a')])).toEqual([]);
    proxy.holdAnswers();
    const startMs = performance.now();
    const results = await Promise.allSettled([insert([reading('b')]), insert([reading('c')])]);
    expect(results.map((result) => result.status === 'rejected' && result.reason)).toEqual([
      expect.any(TransientError),
      expect.any(TransientError),
    ]);
    expect(performance.now() - startMs).toBeLessThan(3_000);
  });

  test('nobody there may pass', async () => {
    const proxy = await startProxy(1);
    proxy.stop();
    const insert = openInsert('p', 'readings_raw', `127.0.0.1:${proxy.port}`);
    await expect(insert([reading('a')])).rejects.toBeInstanceOf(TransientError);
  });
});

test('a table that is not there yet may come', async () => {
  const insert = openInsert('no-such-table', 'readings_raw');
  await expect(insert([reading('a')])).rejects.toBeInstanceOf(TransientError);
});

test('many appends at once each get their own answer', async () => {
  await createTable(clientOf('many'), 'readings_raw');
  const insert = openInsert('many', 'readings_raw');
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      insert([reading(`${at}`.padStart(2, '0'), at % 2 === 0 ? {} : { floor: 'x' })]),
    ),
  );
  expect(results.map((errors) => errors.length)).toEqual(results.map((_, at) => at % 2));
  expect(await idsIn('many')).toHaveLength(10);
});

/** A TCP proxy on 127.0.0.1 that can keep answers back and cut its connections. */
async function startProxy(targetPort: number) {
  const sockets = new Set<Socket>();
  let isHolding = false;
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    client.pipe(target).on('close', () => client.destroy());
    target.on('data', (bytes) => isHolding || client.write(bytes));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const cut = () => {
    isHolding = false;
    for (const socket of sockets) socket.destroy();
  };
  const stop = () => {
    cut();
    server.close();
  };
  onTestFinished(stop);
  return {
    port: (server.address() as { port: number }).port,
    holdAnswers() {
      isHolding = true;
    },
    cut,
    stop,
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
