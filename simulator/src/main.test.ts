import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { PubSub } from '@google-cloud/pubsub';
import { parseMessage } from '@plumbline/contracts';
import { startPubSub } from '@plumbline/emulators';
import { describe, expect, onTestFinished, test } from 'vitest';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

interface Run {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly finished: Promise<{ code: number; stdout: string; stderr: string }>;
}

function simulate(args: readonly string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, GOOGLE_CLOUD_PROJECT: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return { child, finished: finish(child) };
}

async function finish(child: Run['child']) {
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { code: code as number, stdout, stderr };
}

async function startTopic() {
  const emulator = await startPubSub();
  onTestFinished(() => emulator.stop());
  const pubsub = new PubSub({ projectId: 'demo', apiEndpoint: emulator.host, emulatorMode: true });
  onTestFinished(() => pubsub.close());
  await pubsub.createTopic('readings');
  return { emulator, env: { ...emulator.env, GOOGLE_CLOUD_PROJECT: 'demo' } };
}

describe('output', () => {
  const PAST = ['--start', '2026-03-02T08:00:00Z', '--duration', '10m', '--output'];

  test('the same command writes the same bytes, to stdout and to a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'simulate-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'readings.ndjson');
    const runs = await Promise.all([
      simulate([...PAST, 'stdout', '--devices', '5']).finished,
      simulate([...PAST, file, '--devices', '5', '--quiet']).finished,
    ]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    expect(runs[0].stdout).toBe(await readFile(file, 'utf8'));
    const lines = runs[0].stdout.trim().split('\n');
    expect(
      parseMessage(Buffer.from(`[${lines}]`), Date.parse('2026-03-02T09:00:00Z')),
    ).toMatchObject({
      readings: { length: lines.length },
      refused: [],
    });
    expect(runs[0].stderr).toMatch(/^Building[ABC]-Floor\d-\w+-\d{3} [\d.]+ °C [\d.]+ mm\/s/m);
  });

  test('environment speaks the narrow form', async () => {
    const { stdout } = await simulate([
      ...PAST,
      'stdout',
      '--profile',
      'environment',
      '--devices',
      '1',
    ]).finished;
    expect(JSON.parse(stdout.split('\n')[0] as string)).toMatchObject({
      sensor_id: 'server_room-temperature-01',
      sensor_type: 'temperature',
      unit: '°C',
      location: 'server_room',
    });
  });

  test('all is every profile in one stream, in the order of time, each device in its own form', async () => {
    const fewEach = ['--devices', '2', '--duration', '4m', '--fault-rate', '0'];
    const args = [...PAST, 'stdout', '--profile', 'all', ...fewEach];
    const { stdout, stderr } = await simulate(args).finished;
    const lines = stdout.trim().split('\n');
    const { readings, refused } = parseMessage(Buffer.from(`[${lines}]`), Date.now());
    expect(refused).toEqual([]);
    const times = readings.map(({ measuredAtMs }) => measuredAtMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const metrics = new Set(readings.flatMap((reading) => Object.keys(reading.metrics)));
    expect([...metrics]).toEqual(
      expect.arrayContaining(['energy', 'humidity', 'vibration', 'voltage', 'sound_high']),
    );
    expect(new Set(readings.map(({ deviceId }) => deviceId)).size).toBe(10);
    const narrow = lines.filter((line) => 'sensor_type' in JSON.parse(line));
    expect(narrow).toHaveLength(2 * 120);
    expect(stderr).toContain('2 devices of sound, one reading each 5 s');
  });
});

describe('Pub/Sub', () => {
  test('a back-fill is published whole, and the totals say so', async () => {
    const { emulator, env } = await startTopic();
    const { code, stderr } = await simulate(['--backfill', '30m', '--pack', '50'], env).finished;
    expect(code).toBe(0);
    const stored = emulator
      .messages('projects/demo/topics/readings')
      .flatMap(({ data }) => parseMessage(data, Date.now()).readings);
    const published = Number(
      /^(\d+) readings published in \d+ messages, 0 retries/m.exec(stderr)?.[1],
    );
    expect(published).toBeGreaterThan(8_000);
    expect(stored).toHaveLength(published);
  });

  test('Ctrl-C sends what is under way and prints totals', async () => {
    const { emulator, env } = await startTopic();
    const run = simulate(['--interval', '100ms'], env);
    let said = '';
    run.child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    while (!said.includes('mm/s')) await once(run.child.stderr, 'data');
    run.child.kill('SIGINT');
    const { code, stderr } = await run.finished;
    expect(code).toBe(0);
    const published = Number(/^(\d+) readings published/m.exec(stderr)?.[1]);
    const stored = emulator
      .messages('projects/demo/topics/readings')
      .flatMap(({ data }) => parseMessage(data, Date.now()).readings);
    expect(published).toBeGreaterThan(0);
    expect(stored).toHaveLength(published);
  });

  test('a topic that is missing ends it with what to do', async () => {
    const { env } = await startTopic();
    const wrong = await simulate(['--backfill', '1m', '--topic', 'absent'], env).finished;
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('topic absent')]);
  });

  test('without any variable it publishes to the pipeline of npm start', async () => {
    const { emulator } = await startTopic();
    const port = { PUBSUB_PORT: String(emulator.port) };
    const { code, stderr } = await simulate(['--backfill', '1m'], port).finished;
    expect(stderr).toContain('this machine, project plumbline-local');
    // This emulator has the topic in another project only.
    expect([code, stderr]).toEqual([1, expect.stringContaining('topic readings')]);
  });
});
