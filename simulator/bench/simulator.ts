import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PubSub } from '@google-cloud/pubsub';
import type { Reading } from '@plumbline/contracts';
import {
  createFleet,
  PROFILES,
  publishReadings,
  pubSubTopic,
  wireFormOf,
} from '@plumbline/simulator';
import { writeReadings } from '../src/write.ts';

/** One measured number; `met` is null when there was nothing to compare with, and `reason` says why. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly peer: string;
  readonly goal: string;
  readonly met: boolean | null;
  readonly reason?: string;
}

// Node offers its collector only behind a flag, which can be set while it runs.
setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const READINGS = 1_000_000;
const FROM_MS = Date.UTC(2026, 2, 2);

/** Generation alone, and publishing with packing 100 into the embedded Pub/Sub in a process of its own. */
export async function benchSimulator(): Promise<Figure[]> {
  const alone = await generate(300_000);
  const published = await publish();
  const growthMb = (published.heapAtEndBytes - published.heapAtTenthBytes) / 1e6;
  return [
    {
      what: 'generation alone, profile machine, NDJSON to null',
      value: Math.round(alone),
      unit: 'readings/s',
      peer: 'none',
      goal: 'none',
      met: null,
      reason: 'the base of the ratio below',
    },
    {
      what: 'published by one process, packing 100',
      value: Math.round(published.perSecond),
      unit: 'readings/s',
      peer: 'embedded Pub/Sub emulator',
      goal: 'at least 20000',
      met: 20_000 <= published.perSecond,
    },
    {
      what: 'published, as a share of generation alone',
      value: Math.round((published.perSecond / alone) * 1000) / 1000,
      unit: 'ratio',
      peer: 'generation alone',
      goal: 'none',
      met: null,
      reason: 'shown, not judged',
    },
    {
      what: `heap growth from ${READINGS / 10} to ${READINGS} readings published`,
      value: Math.round(growthMb * 10) / 10,
      unit: 'MB',
      peer: 'none',
      goal: 'below 10',
      met: growthMb < 10,
    },
  ];
}

function* readingsOf(count: number): Generator<Reading> {
  const fleet = createFleet({ profile: PROFILES.machine });
  let left = count;
  for (const reading of fleet.readings({ fromMs: FROM_MS, toMs: Number.POSITIVE_INFINITY })) {
    if (left === 0) return;
    left -= 1;
    yield reading;
  }
}

/** Readings per second. */
async function generate(count: number): Promise<number> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const startMs = performance.now();
  const written = await writeReadings(nowhere, readingsOf(count), {
    form: wireFormOf('nested'),
  });
  return written / ((performance.now() - startMs) / 1000);
}

async function publish() {
  await using emulator = await spawnPubSub();
  // An emulator needs no credentials, so the client need not look for Google's metadata server.
  process.env.METADATA_SERVER_DETECTION ??= 'none';
  const pubsub = new PubSub({
    projectId: 'bench',
    apiEndpoint: emulator.host,
    emulatorMode: true,
  });
  await pubsub.createTopic('readings');
  let acknowledged = 0;
  let heapAtTenthBytes = 0;
  const startMs = performance.now();
  const { published } = await publishReadings(
    pubSubTopic(pubsub, 'readings'),
    readingsOf(READINGS),
    {
      perMessage: 100,
      onPublished: ({ length }) => {
        acknowledged += length;
        if (heapAtTenthBytes === 0 && READINGS / 10 <= acknowledged) heapAtTenthBytes = heapBytes();
      },
    },
  );
  const seconds = (performance.now() - startMs) / 1000;
  await pubsub.close();
  return { perSecond: published / seconds, heapAtTenthBytes, heapAtEndBytes: heapBytes() };
}

/** What is still reachable: garbage that waits for its collection is no growth. */
function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

async function spawnPubSub() {
  const code = `import('@plumbline/emulators').then(async ({ startPubSub }) => {
    console.log((await startPubSub()).host);
  })`;
  const child = spawn(process.execPath, ['-e', code], {
    cwd: new URL('.', import.meta.url),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [host] = await once(child.stdout, 'data');
  return {
    host: String(host).trim(),
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}
