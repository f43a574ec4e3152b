import { expect, onTestFinished, test } from 'vitest';
import { type StorageLimits, startStorage } from './index.ts';

async function start(limits: Partial<StorageLimits>, maxObjectBytes = 1000) {
  const emulator = await startStorage({ limits, maxObjectBytes });
  onTestFinished(() => emulator.stop());
  const call = async (method: string, path: string, body?: string, headers = {}) => {
    const reply = await fetch(`http://${emulator.host}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body }),
    });
    return { status: reply.status, headers: reply.headers, text: await reply.text() };
  };
  const bucket = (name: string) =>
    call('POST', '/storage/v1/b?project=p', JSON.stringify({ name }));
  await bucket('models');
  const upload = (type: string, name: string, body: string) =>
    call('POST', `/upload/storage/v1/b/models/o?uploadType=${type}&name=${name}`, body);
  return { call, bucket, upload, emulator };
}

type Started = Awaited<ReturnType<typeof start>>;

test.each<[keyof StorageLimits, number, (started: Started) => Promise<unknown>]>([
  ['buckets', 1, ({ bucket }) => bucket('more')],
  ['objects', 1, ({ upload }) => upload('media', 'b', 'b')],
  ['bytes', 3, ({ upload }) => upload('media', 'b', 'bcd')],
  ['uploads', 0, ({ upload }) => upload('resumable', 'b', '')],
])('%s above %i are refused by name', async (name, most, ask) => {
  const started = await start({ [name]: most });
  expect((await started.upload('media', 'a', 'a')).status).toBe(200);
  const refused = await ask(started);
  expect(refused).toMatchObject({ status: 429 });
  expect((refused as { text: string }).text).toMatch(
    new RegExp(`at most ${most} [a-z ]+ \\(limits\\.${name}\\)`),
  );
  expect(started.emulator.objects('models')).toHaveLength(1);
});

test('what is deleted makes room', async () => {
  const { call, upload } = await start({ objects: 1, bytes: 1 });
  await upload('media', 'a', 'a');
  expect((await upload('media', 'b', 'b')).status).toBe(429);
  await call('DELETE', '/storage/v1/b/models/o/a');
  expect((await upload('media', 'b', 'b')).status).toBe(200);
});

test('an object may be replaced where there is no room for another', async () => {
  const { upload } = await start({ objects: 1, bytes: 1 });
  await upload('media', 'a', 'a');
  expect((await upload('media', 'a', 'b')).status).toBe(200);
});

test('unfinished uploads hold no more bytes together than one object may have', async () => {
  const chunkBytes = 256 * 1024;
  const { call, upload } = await start({}, chunkBytes);
  const put = async (name: string) => {
    const { headers } = await upload('resumable', name, '');
    const { pathname, search } = new URL(headers.get('location') as string);
    return call('PUT', pathname + search, 'x'.repeat(chunkBytes), {
      'content-range': `bytes 0-${chunkBytes - 1}/*`,
    });
  };
  expect((await put('a')).status).toBe(308);
  const refused = await put('b');
  expect(refused.status).toBe(429);
  expect(refused.text).toContain(`at most ${chunkBytes} bytes (maxObjectBytes)`);
});
