import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startModelBucket } from './model-bucket.ts';
import { type StoredReading, startWarehouse } from './warehouse.ts';

const PROJECT = 'test';

/** A process as people start it; `said` grows as it speaks. */
function start(file: string, env: Record<string, string>) {
  const script = fileURLToPath(new URL(`../src/${file}`, import.meta.url));
  const process_ = spawn(process.execPath, [script], {
    env: { PATH: process.env.PATH, METADATA_SERVER_DETECTION: 'none', ...env },
  });
  onTestFinished(() => {
    process_.kill('SIGKILL');
  });
  let said = '';
  const listeners = new Set<() => void>();
  for (const stream of [process_.stdout, process_.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      for (const listener of listeners) listener();
    });
  }
  return {
    said: () => said,
    ended: new Promise<number | null>((resolve) => process_.once('close', resolve)),
    kill: (signal: NodeJS.Signals) => process_.kill(signal),
    heard: (pattern: RegExp) =>
      new Promise<RegExpExecArray>((resolve) => {
        const look = () => {
          const found = pattern.exec(said);
          if (found !== null) resolve(found);
        };
        listeners.add(look);
        look();
      }),
  };
}

function readings(count: number): StoredReading[] {
  return Array.from({ length: count }, (_, i) => ({
    deviceId: `m${i % 3}`,
    atMs: Date.now() - (count - i) * 60_000,
    temperature: 20 + (i % 17) / 4,
  }));
}

test('trainer and server work together as processes, and SIGTERM ends the server cleanly', async () => {
  const warehouse = await startWarehouse();
  await warehouse.store(readings(300));
  const { emulator, bucket } = await startModelBucket();
  const env = {
    ...warehouse.env,
    ...emulator.env,
    GOOGLE_CLOUD_PROJECT: PROJECT,
    MODEL_BUCKET: bucket.name,
  };
  const server = start('serve/main.ts', { ...env, PORT: '0', MODEL_RELOAD_SECONDS: '0.1' });
  const [, url] = await server.heard(/listens on (http:\/\/127\.0\.0\.1:\d+)/);

  const trainer = start('train/main.ts', env);
  expect(await trainer.ended).toBe(0);
  expect(trainer.said()).toMatch(
    /trained \d{8}T\d{6}Z-\w{8}: 1 models of 300 readings from 3 devices/,
  );
  await server.heard(/current model: \d{8}T\d{6}Z/);
  const answer = await fetch(`${url}/detect`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ device_id: 'new', temperature: 22 }),
  });
  expect(trainer.said()).toContain(
    ((await answer.json()) as { model_version: string }).model_version,
  );

  server.kill('SIGTERM');
  expect(await server.ended).toBe(0);
  for (const line of server.said().trimEnd().split('\n')) {
    expect(JSON.parse(line)).toMatchObject({ severity: 'INFO', message: expect.any(String) });
  }
});

test('a trainer with too little says what is missing and ends with 2', async () => {
  const warehouse = await startWarehouse();
  await warehouse.store(readings(30));
  const { emulator, bucket } = await startModelBucket();
  const env = { ...warehouse.env, ...emulator.env, MODEL_BUCKET: bucket.name };
  const trainer = start('train/main.ts', { ...env, GOOGLE_CLOUD_PROJECT: PROJECT });
  expect(await trainer.ended).toBe(2);
  expect(trainer.said()).toContain('temperature: 30 samples, wanted 50');
});

test('a server without a project says which variable is missing, and ends with 1', async () => {
  const server = start('serve/main.ts', {});
  expect(await server.ended).toBe(1);
  expect(server.said()).toBe('wrong configuration:\n  - GOOGLE_CLOUD_PROJECT is required\n');
});

test('a trainer without a project looks for the pipeline of npm start', async () => {
  const warehouse = await startWarehouse();
  const { emulator } = await startModelBucket();
  const trainer = start('train/main.ts', {
    BIGQUERY_PORT: portOf(warehouse.env.BIGQUERY_EMULATOR_HOST),
    STORAGE_PORT: portOf(emulator.env.STORAGE_EMULATOR_HOST),
  });
  // These emulators have only the project `test`.
  expect(await trainer.ended).toBe(1);
  expect(trainer.said()).toContain('plumbline-local');
});

test('a taken port is named, with the variable to change', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    other.close();
  });
  const { port } = other.address() as { port: number };
  const { emulator } = await startModelBucket();
  const server = start('serve/main.ts', {
    ...emulator.env,
    GOOGLE_CLOUD_PROJECT: PROJECT,
    PORT: String(port),
  });
  expect(await server.ended).toBe(1);
  expect(server.said()).toBe(`port ${port} is in use: stop what uses it or set PORT\n`);
});

function portOf(url: string | undefined): string {
  return new URL(url ?? '').port;
}
