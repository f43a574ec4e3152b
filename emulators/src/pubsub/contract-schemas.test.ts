import { expect } from 'vitest';
import { contract } from '../../conformance/pubsub/contract.ts';

const AVRO = JSON.stringify({
  type: 'record',
  name: 'Reading',
  fields: [
    { name: 'device', type: 'string' },
    { name: 'value', type: 'double' },
  ],
});

const PROTO = 'syntax = "proto3"; message Reading { string device = 1; double value = 2; }';

contract('schemas', ({ check, open }) => {
  for (const [type, definition] of [
    ['AVRO', AVRO],
    ['PROTOCOL_BUFFER', PROTO],
  ] as const) {
    check(`a topic with a schema of type ${type} takes only what is valid by it`, async () => {
      const { schemas, publisher, subscriber, topic, subscription, project, pull } = open();
      const parent = `projects/${project}`;
      const [schema] = await schemas.createSchema({
        parent,
        schemaId: 'reading',
        schema: { type, definition },
      });
      await publisher.createTopic({
        name: topic('readings'),
        schemaSettings: { schema: schema.name as string, encoding: 'JSON' },
      });
      await subscriber.createSubscription({ name: subscription('all'), topic: topic('readings') });
      const send = (text: string) =>
        publisher.publish({ topic: topic('readings'), messages: [{ data: Buffer.from(text) }] });
      await send('{"device":"a","value":21.5}');
      await expect(send('{"device":7,"value":21.5}')).rejects.toMatchObject({ code: 3 });
      await expect(send('not JSON')).rejects.toMatchObject({ code: 3 });
      const [received] = await pull('all', 1);
      expect(received?.message?.attributes).toMatchObject({ googclient_schemaencoding: 'JSON' });
      await expect(
        schemas.validateSchema({ parent, schema: { type, definition: 'nonsense' } }),
      ).rejects.toMatchObject({ code: 3 });
    });
  }

  check('a schema has revisions that can be rolled back and deleted', async () => {
    const { schemas, project } = open();
    const parent = `projects/${project}`;
    const schema = { type: 'AVRO' as const, definition: AVRO };
    const [first] = await schemas.createSchema({ parent, schemaId: 'reading', schema });
    const name = first.name as string;
    const place = '{"name":"place","type":"string","default":""}';
    const definition = AVRO.replace(']', `,${place}]`);
    const [second] = await schemas.commitSchema({ name, schema: { ...schema, name, definition } });
    expect(second.revisionId).not.toBe(first.revisionId);
    const [found] = await schemas.getSchema({ name });
    expect(found.definition).toBe(definition);
    const [old] = await schemas.getSchema({ name: `${name}@${first.revisionId}` });
    expect(old.definition).toBe(AVRO);
    const [third] = await schemas.rollbackSchema({ name, revisionId: first.revisionId as string });
    const [listed] = await schemas.listSchemaRevisions({ name });
    const made = [first, second, third].map(({ revisionId }) => revisionId);
    expect(listed.map(({ revisionId }) => revisionId).sort()).toEqual(made.sort());
    await schemas.deleteSchemaRevision({ name: `${name}@${second.revisionId}` });
    await schemas.deleteSchema({ name });
    await expect(schemas.getSchema({ name })).rejects.toMatchObject({ code: 5 });
  });

  check('a revision that does not fit the one before is refused', async () => {
    const { schemas, project } = open();
    const schema = { type: 'AVRO' as const, definition: AVRO };
    const request = { parent: `projects/${project}`, schemaId: 'reading', schema };
    const [{ name }] = await schemas.createSchema(request);
    const definition = AVRO.replace('"double"', '"string"');
    await expect(
      schemas.commitSchema({ name: name as string, schema: { ...schema, definition } }),
    ).rejects.toMatchObject({ code: 3 });
  });

  check('a topic takes revisions of its range, and nothing once its schema is gone', async () => {
    const { schemas, publisher, project, topic } = open();
    const place = '{"name":"place","type":"string","default":""}';
    const definition = AVRO.replace(']', `,${place}]`);
    const schema = { type: 'AVRO' as const, definition };
    const request = { parent: `projects/${project}`, schemaId: 'reading', schema };
    const [first] = await schemas.createSchema(request);
    const name = first.name as string;
    await schemas.commitSchema({ name, schema: { ...schema, name, definition: AVRO } });
    const readings = topic('readings');
    const settings = { schema: name, encoding: 'JSON' as const };
    const unknown = { ...settings, firstRevisionId: '12345678' };
    await expect(
      publisher.createTopic({ name: readings, schemaSettings: unknown }),
    ).rejects.toMatchObject({ code: 5 });
    const upToFirst = { ...settings, lastRevisionId: first.revisionId as string };
    await publisher.createTopic({ name: readings, schemaSettings: upToFirst });
    const send = (text: string) =>
      publisher.publish({ topic: readings, messages: [{ data: Buffer.from(text) }] });
    const recent = '{"device":"a","value":1}';
    await send('{"device":"a","value":1,"place":"b"}');
    await expect(send(recent)).rejects.toMatchObject({ code: 3 });
    await publisher.updateTopic({
      topic: { name: readings, schemaSettings: settings },
      updateMask: { paths: ['schema_settings'] },
    });
    await send(recent);
    await schemas.deleteSchema({ name });
    const [found] = await publisher.getTopic({ topic: readings });
    expect(found.schemaSettings?.schema).toBe('_deleted-schema_');
    await expect(send(recent)).rejects.toMatchObject({ code: 5 });
  });
});
