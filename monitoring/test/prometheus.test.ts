import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { encodeMessage, MESSAGE_ATTRIBUTES } from '@plumbline/contracts';
import { edgePart, freePorts, type Stack, startStack, waitForCounts } from '@plumbline/local';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MODELS, SYSTEM } from '../src/dashboards.ts';

const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;
if (!hasPrometheus) console.log('prometheus is not installed: it does not scrape the pipeline');

/** What has nothing to say in a pipeline that has no model, challenger or federated round yet, or no fault. */
const MAY_BE_EMPTY =
  /model_info|model_age|psi|shadow|reload_failures|refused_total|federated|deadletter.*undeliverable/;

const folder = mkdtempSync(join(tmpdir(), 'plumbline-prometheus-'));
let stack: Stack;
let prometheus: ChildProcess;
let url: string;

describe.skipIf(!hasPrometheus)('Prometheus on a running pipeline', () => {
  beforeAll(async () => {
    const ports = await freePorts();
    const { PATH } = process.env;
    const projectId = `mon-${randomBytes(4).toString('hex')}`;
    stack = await startStack({ projectId, ports, env: { PATH }, report: console.log });
    await stack.supervisor.start(edgePart(ports));
    await publish(30, Date.now() - 30 * 60_000);
    await stack.aggregate(new Date());
    const [port] = Object.values(await freePorts());
    url = `http://127.0.0.1:${port}`;
    prometheus = spawn(
      'prometheus',
      [
        ...['--config.file', join(folder, 'prometheus.yml'), '--storage.tsdb.path', folder],
        ...['--web.listen-address', `127.0.0.1:${port}`, '--log.level', 'error'],
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    cpSync(fileURLToPath(new URL('../rules', import.meta.url)), join(folder, 'rules'), {
      recursive: true,
    });
    writeFileSync(join(folder, 'prometheus.yml'), configAt(ports));
  });

  afterAll(async () => {
    prometheus?.kill();
    await stack?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('every part answers', async () => {
    await waitFor(async () => (await ask('up == 1')).length === jobCount());
    expect((await ask('up == 0')).map(({ metric }) => metric.job)).toEqual([]);
  });

  test('every query of the dashboards is understood and finds what it asks for', async () => {
    await publish(30, Date.now() - 30_000);
    await waitFor(async () => (await ask('plumbline:readings_stored:rate1m > 0')).length === 1);
    // A rate needs two samples, and the parts tell of the readings one after the other.
    await expect.poll(queriesWithoutAnswer, { timeout: 25_000 }).toEqual([]);
  });

  test('every rule was computed without an error', async () => {
    const { data } = (await (await fetch(`${url}/api/v1/rules`)).json()) as {
      data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] };
    };
    const rules = data.groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(20);
    expect(rules.filter(({ health }) => health === 'err')).toEqual([]);
  });

  test('a part that hangs is seen', async () => {
    const pid = stack.supervisor.pids()['dead-letter'] as number;
    process.kill(pid, 'SIGSTOP');
    await waitFor(async () => (await ask('up{job="dead-letter"} == 0')).length === 1);
    process.kill(pid, 'SIGCONT');
    await waitFor(async () => (await ask('up{job="dead-letter"} == 1')).length === 1);
  });
});

function template(): string {
  return readFileSync(new URL('../prometheus.yml', import.meta.url), 'utf8');
}

function jobCount(): number {
  return template().match(/job_name/g)?.length ?? 0;
}

/** The shipped configuration, at other ports and in a hurry. */
function configAt(ports: Stack['ports']): string {
  const jobPorts: Record<string, number> = {
    'ml-server': ports.mlServer,
    dashboard: ports.dashboard,
    ingest: ports.ingest,
    detect: ports.detect,
    'dead-letter': ports.deadLetter,
    gateway: ports.gateway,
    coordinator: ports.coordinator,
    edge: ports.edge,
  };
  return template()
    .replaceAll('_interval: 5s', '_interval: 1s')
    .replace(/job_name: (\S+)\n(.*127\.0\.0\.1):\d+/g, (_all, job: string, start: string) => {
      const port = jobPorts[job];
      if (port === undefined) throw new Error(`prometheus.yml scrapes ${job}, which does not run`);
      return `job_name: ${job}\n${start}:${port}`;
    });
}

async function queriesWithoutAnswer(): Promise<string[]> {
  const queries = [...SYSTEM.panels, ...MODELS.panels].flatMap(({ queries }) => queries);
  const empty: string[] = [];
  for (const { expr } of queries) {
    const found = await ask(expr.replaceAll('$__rate_interval', '20s'));
    if (found.length === 0 && !MAY_BE_EMPTY.test(expr)) empty.push(expr);
  }
  return empty;
}

/** Readings of one device, a second apart. */
async function publish(count: number, startMs: number): Promise<void> {
  const readings = Array.from({ length: count }, (_, step) => ({
    readingId: `${startMs}:${step}`,
    deviceId: 'machine-1',
    measuredAtMs: startMs + step * 1_000,
    metrics: { temperature: 22 + 0.1 * (step % 7), vibration: 1 },
    place: { building: 'A', floor: 1, type: 'machine_hall' as const },
  }));
  const before = await stored();
  await stack.google.pubsub.topic('readings', { messageOrdering: true }).publishMessage({
    data: encodeMessage(readings),
    attributes: MESSAGE_ATTRIBUTES,
    orderingKey: 'a',
  });
  await waitForCounts(stack.google.bigquery, (counts) => counts.stored >= before + count);
}

async function stored(): Promise<number> {
  let found = 0;
  await waitForCounts(stack.google.bigquery, (counts) => {
    found = counts.stored;
    return true;
  });
  return found;
}

interface Series {
  readonly metric: Record<string, string>;
  readonly value: [number, string];
}

async function ask(expr: string): Promise<Series[]> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expr)}`);
  const { status, error, data } = (await response.json()) as {
    status: string;
    error?: string;
    data?: { result: Series[] };
  };
  if (status !== 'success') throw new Error(`${expr}: ${error}`);
  return data?.result ?? [];
}

async function waitFor(isTrue: () => Promise<boolean>): Promise<void> {
  for (const endMs = Date.now() + 25_000; Date.now() < endMs; await sleep(300)) {
    try {
      if (await isTrue()) return;
    } catch {
      // Prometheus is starting.
    }
  }
  throw new Error('not true within 25 s');
}
