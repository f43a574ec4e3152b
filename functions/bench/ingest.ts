import { setTimeout as sleep } from 'node:timers/promises';
import {
  fleetReadings,
  publish,
  startIngestPipeline,
  waitForRows,
} from '../test/ingest-pipeline.ts';
import type { Figure } from './figure.ts';
import { CPU_READINGS, cpuAndMemory } from './ingest-cpu.ts';
import { openIngest, pushBody, read } from './ingest-in-process.ts';

const FROM_MS = Date.UTC(2026, 10, 1);
const PER_MESSAGE = 100;
/**
 * An append of 100 rows at the median.
 * Source: https://github.com/evanj/streambench, example results.
 */
const INSERT_MS = 80;

/** The path of a reading, from the body of a push to a row that can be queried. Takes one to two minutes. */
export async function benchIngest(): Promise<Figure[]> {
  const { ours, peer, ratio, grownMb } = await cpuAndMemory();
  const perWrite = await rowsPerWrite(20_000, 2);
  const idleMs = await addedLatencyMs();
  const figures: Figure[] = [
    {
      ...atMost('CPU a reading, from the body of the push up to the write', ours, 'µs', 3),
      peer: `protobufjs ${peer.toFixed(2)} µs`,
      reason: `median of slices, all threads; ${ratio.toFixed(2)} of gunzip, JSON.parse and protobufjs without a check`,
    },
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
  const body = pushBody('m', 1, FROM_MS);
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
  const body = pushBody('m', PER_MESSAGE, FROM_MS);
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

function atMost(what: string, value: number, unit: string, goal: number): Figure {
  return { what, value, unit, peer: 'none', goal: `at most ${goal}`, met: value <= goal };
}

function atLeast(what: string, value: number, unit: string, goal: number): Figure {
  return { what, value, unit, peer: 'none', goal: `at least ${goal}`, met: goal <= value };
}
