import { BigQuery, type TableField } from '@google-cloud/bigquery';
import { expect, onTestFinished, test } from 'vitest';
import { session } from '../../conformance/pubsub/session.ts';
import { startBigQuery } from '../bigquery/index.ts';
import { bigQueryAt, startPubSub } from './index.ts';

/** Both emulators, a table `p.iot.readings` and a subscription that writes into it. */
async function start(schema: TableField[], config: object) {
  const warehouse = await startBigQuery();
  onTestFinished(() => warehouse.stop());
  const url = `http://${warehouse.host}`;
  const bigQuery = new BigQuery({ projectId: 'p', apiEndpoint: url });
  const [dataset] = await bigQuery.createDataset('iot');
  await dataset.createTable('readings', { schema });

  const now = () => Date.parse('2026-01-01T12:00:00Z');
  const emulator = await startPubSub({ bigQuery: bigQueryAt(url), now });
  onTestFinished(() => emulator.stop());
  const opened = session(emulator.host);
  const { publisher, subscriber, topic, subscription } = opened;
  await publisher.createTopic({ name: topic('readings') });
  const name = subscription('store');
  await subscriber.createSubscription({
    name,
    topic: topic('readings'),
    bigqueryConfig: { table: 'p.iot.readings', ...config },
  });
  const rows = async (columns: string) =>
    (await bigQuery.query(`SELECT ${columns} FROM iot.readings`))[0];
  return { ...opened, emulator, name, rows };
}

const strings = (...names: string[]) => names.map((name) => ({ name, type: 'STRING' }));

test('without a schema the data and the metadata of a message become a row', async () => {
  const schema = [
    ...strings('data', 'subscription_name', 'message_id', 'attributes'),
    { name: 'publish_time', type: 'TIMESTAMP' },
  ];
  const { emulator, publisher, topic, name, rows } = await start(schema, { writeMetadata: true });
  const message = { data: Buffer.from('21.5 °C'), attributes: { unit: 'C' } };
  await publisher.publish({ topic: topic('readings'), messages: [message] });
  await emulator.settled();
  const columns = 'data, subscription_name, message_id, attributes, publish_time';
  expect(await rows(columns)).toEqual([
    {
      data: '21.5 °C',
      subscription_name: name,
      message_id: '1',
      attributes: '{"unit":"C"}',
      publish_time: expect.objectContaining({ value: '2026-01-01T12:00:00.000Z' }),
    },
  ]);
});

test('a column of bytes gets the data as it is', async () => {
  const schema = [{ name: 'data', type: 'BYTES' }];
  const { emulator, publisher, topic, rows } = await start(schema, {});
  const data = Buffer.from([0, 255, 128]);
  await publisher.publish({ topic: topic('readings'), messages: [{ data }] });
  await emulator.settled();
  expect(await rows('data')).toEqual([{ data }]);
});

test('with the table’s schema fields become columns, and only rows that fit are acknowledged', async () => {
  const schema = [...strings('device'), { name: 'value', type: 'FLOAT64' }];
  const { emulator, publish, name, rows } = await start(schema, { useTableSchema: true });
  await publish(
    'readings',
    '{"device":"a","value":1}',
    '{"device":"b","value":"high"}',
    '{"device":"c","colour":"red"}',
    'not JSON',
  );
  await emulator.settled();
  expect(await rows('device, value')).toEqual([{ device: 'a', value: 1 }]);
  expect(emulator.backlog(name)).toEqual({ size: 3, ready: 0, leased: 0 });
});

test('unknown fields are dropped when that is asked for', async () => {
  const config = { useTableSchema: true, dropUnknownFields: true };
  const { emulator, publish, rows } = await start(strings('device'), config);
  await publish('readings', '{"device":"c","colour":"red"}');
  await emulator.settled();
  expect(await rows('*')).toEqual([{ device: 'c' }]);
});

test('without a BigQuery to write to, or with half a table name, it is refused', async () => {
  const emulator = await startPubSub();
  onTestFinished(() => emulator.stop());
  const { publisher, subscriber, topic, subscription } = session(emulator.host);
  await publisher.createTopic({ name: topic('readings') });
  const draft = { name: subscription('store'), topic: topic('readings') };
  const create = (table: string) =>
    subscriber.createSubscription({ ...draft, bigqueryConfig: { table } });
  await expect(create('p.iot.readings')).rejects.toMatchObject({ code: 12 });
  await expect(create('iot')).rejects.toMatchObject({ code: 3 });
});
