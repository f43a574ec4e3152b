import { expect, onTestFinished, test } from 'vitest';
import { session } from '../../conformance/pubsub/session.ts';
import { type BigQueryTables, startPubSub } from './index.ts';

/** A table in memory: refuses rows whose value is not a number, knows rows by their insert id. */
function table(columns: Record<string, string>) {
  const rows = new Map<string, unknown>();
  const bigQuery: BigQueryTables = {
    async columns(name) {
      if (name !== 'p.iot.readings') throw new Error(`no table ${name}`);
      return columns;
    },
    async insert(_, inserts) {
      return inserts.flatMap(({ insertId, json }, index) => {
        if ('value' in json && typeof json.value !== 'number') return [index];
        rows.set(insertId, json);
        return [];
      });
    },
  };
  return { bigQuery, rows: () => Array.from(rows.values()) };
}

async function start(bigQuery: BigQueryTables, config: object) {
  const emulator = await startPubSub({ bigQuery, now: () => Date.parse('2026-01-01T12:00:00Z') });
  onTestFinished(() => emulator.stop());
  const opened = session(emulator.host);
  const { publisher, subscriber, topic, subscription } = opened;
  await publisher.createTopic({ name: topic('readings') });
  await subscriber.createSubscription({
    name: subscription('store'),
    topic: topic('readings'),
    bigqueryConfig: { table: 'p.iot.readings', ...config },
  });
  return { ...opened, emulator, name: subscription('store') };
}

test('without a schema the data and the metadata of a message become a row', async () => {
  const { bigQuery, rows } = table({ data: 'STRING' });
  const { emulator, publisher, topic, name } = await start(bigQuery, { writeMetadata: true });
  const message = { data: Buffer.from('21.5 °C'), attributes: { unit: 'C' } };
  await publisher.publish({ topic: topic('readings'), messages: [message] });
  await emulator.settled();
  expect(rows()).toEqual([
    {
      data: '21.5 °C',
      subscription_name: name,
      message_id: '1',
      publish_time: '2026-01-01T12:00:00.000Z',
      attributes: '{"unit":"C"}',
    },
  ]);
});

test('with the table’s schema fields become columns, and only rows that fit are acknowledged', async () => {
  const { bigQuery, rows } = table({ device: 'STRING', value: 'FLOAT' });
  const { emulator, publish, name } = await start(bigQuery, { useTableSchema: true });
  await publish(
    'readings',
    '{"device":"a","value":1}',
    '{"device":"b","value":"high"}',
    '{"device":"c","colour":"red"}',
    'not JSON',
  );
  await emulator.settled();
  expect(rows()).toEqual([{ device: 'a', value: 1 }]);
  expect(emulator.backlog(name).size).toBe(3);
});

test('unknown fields are dropped when that is asked for', async () => {
  const { bigQuery, rows } = table({ device: 'STRING' });
  const config = { useTableSchema: true, dropUnknownFields: true };
  const { emulator, publish } = await start(bigQuery, config);
  await publish('readings', '{"device":"c","colour":"red"}');
  await emulator.settled();
  expect(rows()).toEqual([{ device: 'c' }]);
});

test('without a BigQuery to write to, or with half a table name, it is refused', async () => {
  const emulator = await startPubSub();
  onTestFinished(() => emulator.stop());
  const { publisher, subscriber, topic, subscription } = session(emulator.host);
  await publisher.createTopic({ name: topic('readings') });
  const draft = { name: subscription('store'), topic: topic('readings') };
  const create = (name: string) =>
    subscriber.createSubscription({ ...draft, bigqueryConfig: { table: name } });
  await expect(create('p.iot.readings')).rejects.toMatchObject({ code: 12 });
  await expect(create('iot')).rejects.toMatchObject({ code: 3 });
});
