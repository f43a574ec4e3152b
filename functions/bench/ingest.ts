import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DEFAULT_TIME_BOUNDS, encodeMessage, TABLES } from '@plumbline/contracts';
import { createIngest } from '../src/ingest/ingest.ts';
import { type PushMessage, parsePushMessage } from '../src/platform/push-message.ts';
import { createRowEncoder } from '../src/platform/row-encoder.ts';
import { createRowWriter, type InsertRows } from '../src/platform/row-writer.ts';
import {
  fleetReadings,
  publish,
  startIngestPipeline,
  waitForRows,
} from '../test/ingest-pipeline.ts';
import type { Figure } from './figure.ts';

const FROM_MS = Date.UTC(2026, 10, 1);
const CPU_READINGS = 5_000_000;
const PER_MESSAGE = 100;
/**
 * An append of 100 rows at the median.
 * Source: https://github.com/evanj/streambench, example results.
 */
const INSERT_MS = 80;

/** The path of a reading, from the body of a push to a row that can be queried. Takes one to two minutes. */
export async function benchIngest(): Promise<Figure[]> {
  const { cpuMicroseconds, grownMb } = await cpuAndMemory();
  const perWrite = await rowsPerWrite(20_000, 2);
  const idleMs = await addedLatencyMs();
  const figures: Figure[] = [
    atMost('CPU a reading, from the body of the push up to the write', cpuMicroseconds, 'µs', 3),
    atMost(`heap growth over ${CPU_READINGS} readings`, grownMb, 'MB', 10),
    atLeast('rows a write at 20000 messages/s of one reading each', perWrite, 'rows', 400),
    atMost('latency added to the write when idle, median', idleMs, 'ms', 5),
  ];
  for (const writer of ['insert-all', 'storage-write'] as const) {
    const perSecond = await endToEndPerSecond(writer, 100_000);
    const what = `publisher to queryable row on the emulators, ${writer}`;
    const figure = atLeast(what, perSecond, 'readings/s', 20_000);
    const other = { goal: 'none', met: null, reason: 'the other writer' };
    figures.push(writer === 'storage-write' ? figure : { ...figure, ...other });
  }
  return figures;
}

function openIngest(insert: InsertRows) {
  const effects = { now: Date.now, sleep: (ms: number) => sleep(ms), random: Math.random };
  return createIngest(DEFAULT_TIME_BOUNDS, {
    now: Date.now,
    storeReadings: createRowWriter(insert, effects).add,
    storeDeadLetters: createRowWriter(insert, effects).add,
  });
}

function pushBody(messageId: string, count: number): string {
  const data = Buffer.from(encodeMessage(fleetReadings(count, FROM_MS))).toString('base64');
  return JSON.stringify({ message: { messageId, data }, subscription: 's' });
}

function read(body: string): PushMessage {
  const message = parsePushMessage(JSON.parse(body));
  if (message === undefined) throw new Error('the bench made a body that is no push');
  return message;
}

/** All that ingest does but the write itself: its rows are encoded and thrown away. */
async function cpuAndMemory() {
  const encoder = createRowEncoder(TABLES.readings_raw.columns);
  const ingest = openIngest(async (rows) => {
    for (const { values } of rows) encoder.encode(values);
    return [];
  });
  const body = pushBody('m', PER_MESSAGE);
  const collect = garbageCollector();
  const run = async (readings: number) => {
    for (let done = 0; done < readings; done += PER_MESSAGE) await ingest(read(body));
  };
  await run(CPU_READINGS / 10);
  collect();
  const heap = process.memoryUsage().heapUsed;
  const before = process.threadCpuUsage();
  await run(CPU_READINGS);
  const { user, system } = process.threadCpuUsage(before);
  collect();
  return {
    cpuMicroseconds: (user + system) / CPU_READINGS,
    grownMb: (process.memoryUsage().heapUsed - heap) / 1e6,
  };
}

/** Messages of one reading each come at a steady rate for so many seconds; a write takes as long as on Google. */
async function rowsPerWrite(perSecond: number, seconds: number): Promise<number> {
  let writes = 0;
  let rows = 0;
  const ingest = openIngest(async ({ length }) => {
    writes++;
    rows += length;
    await sleep(INSERT_MS);
    return [];
  });
  const body = pushBody('m', 1);
  const answers: Promise<void>[] = [];
  const startMs = performance.now();
  for (let sent = 0; sent < perSecond * seconds; ) {
    const due = Math.min(seconds, (performance.now() - startMs) / 1000) * perSecond;
    for (; sent < due; sent++) answers.push(ingest(read(body)));
    await sleep(1);
  }
  await Promise.all(answers);
  return rows / writes;
}

/** One message after the other: the time until its answer, less the time of its write. */
async function addedLatencyMs(): Promise<number> {
  let writeMs = 0;
  const ingest = openIngest(async () => {
    const startMs = performance.now();
    await sleep(5);
    writeMs = performance.now() - startMs;
    return [];
  });
  const body = pushBody('m', PER_MESSAGE);
  const added: number[] = [];
  for (let index = 0; index < 200; index++) {
    const startMs = performance.now();
    await ingest(read(body));
    added.push(performance.now() - startMs - writeMs);
  }
  return added.sort((a, b) => a - b)[added.length / 2] ?? Number.NaN;
}

async function endToEndPerSecond(writer: 'insert-all' | 'storage-write', count: number) {
  await using pipeline = await startIngestPipeline(writer);
  const warmUp = fleetReadings(10_000, FROM_MS - 86_400_000);
  const readings = fleetReadings(count, FROM_MS);
  const send = async (all: typeof readings) => {
    for (let from = 0; from < all.length; from += 50 * PER_MESSAGE) {
      const part = all.slice(from, from + 50 * PER_MESSAGE);
      await Promise.all(
        Array.from({ length: Math.ceil(part.length / PER_MESSAGE) }, (_, at) =>
          publish(pipeline.topic, part.slice(at * PER_MESSAGE, (at + 1) * PER_MESSAGE)),
        ),
      );
    }
  };
  await send(warmUp);
  await waitForRows(pipeline, warmUp.length);
  const startMs = performance.now();
  await send(readings);
  await waitForRows(pipeline, warmUp.length + count);
  return (count / (performance.now() - startMs)) * 1000;
}

/** Node's own, whether or not it was started with `--expose-gc`. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

function atMost(what: string, value: number, unit: string, goal: number): Figure {
  return { what, value, unit, peer: 'none', goal: `at most ${goal}`, met: value <= goal };
}

function atLeast(what: string, value: number, unit: string, goal: number): Figure {
  return { what, value, unit, peer: 'none', goal: `at least ${goal}`, met: goal <= value };
}
