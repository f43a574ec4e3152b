import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { decompress, parseMessage, TABLES } from '@plumbline/contracts';
import { readingRow } from '../src/ingest/reading-row.ts';
import { createRowEncoder } from '../src/platform/row-encoder.ts';
import { protobufjsType } from '../test/protobufjs-rows.ts';
import { openIngest, pushBody, read } from './ingest-in-process.ts';

export const CPU_READINGS = 5_000_000;
const SLICES = 10;
const PER_MESSAGE = 100;
const FROM_MS = Date.UTC(2026, 10, 1);
/** As long as Google's, which is what is written with every row. */
const MESSAGE_ID = '11223344556677889';

/**
 * All that ingest does but the write itself, its rows encoded and thrown away; and the peer, which does the least that
 * anybody can with Google's tools: decompress, `JSON.parse`, and protobufjs. One after the other in slices, so that a
 * machine that changes its speed does so to both.
 *
 * CPU in microseconds a reading, of all threads of the process, as the collector of garbage has some of its own.
 */
export async function cpuAndMemory() {
  const encoder = createRowEncoder(TABLES.readings_raw.columns);
  const ingest = openIngest(async (rows) => {
    for (const { values } of rows) encoder.encode(values);
    return [];
  });
  const body = pushBody(MESSAGE_ID, PER_MESSAGE, FROM_MS);
  const ours = async () => ingest(read(body));
  const peer = peerOf(body);
  const collect = garbageCollector();
  await cpuOf(ours, CPU_READINGS / SLICES);
  await cpuOf(peer, CPU_READINGS / SLICES);
  collect();
  const heap = process.memoryUsage().heapUsed;
  const slices: { ours: number; peer: number }[] = [];
  for (let slice = 0; slice < SLICES; slice++) {
    const readings = CPU_READINGS / SLICES;
    slices.push({ ours: await cpuOf(ours, readings), peer: await cpuOf(peer, readings / 2) });
  }
  collect();
  return {
    ours: median(slices.map((slice) => slice.ours)),
    peer: median(slices.map((slice) => slice.peer)),
    ratio: median(slices.map((slice) => slice.ours / slice.peer)),
    grownMb: (process.memoryUsage().heapUsed - heap) / 1e6,
  };
}

/** Its rows are made beforehand: it says how fast the tools are, not how fast they are used. */
function peerOf(body: string): () => Promise<void> {
  const { data, messageId } = read(body);
  const { readings } = parseMessage(data, FROM_MS);
  const rows = readings.map((reading) => readingRow(reading, messageId, FROM_MS).values);
  const micros = rows.map((values) => ({
    ...values,
    measured_at: 1000 * Number(values.measured_at),
    received_at: 1000 * Number(values.received_at),
  }));
  const type = protobufjsType(TABLES.readings_raw.columns);
  return async () => {
    JSON.parse(Buffer.from(decompress(read(body).data)).toString());
    for (const row of micros) type.encode(row).finish();
  };
}

async function cpuOf(handle: () => Promise<void>, readings: number): Promise<number> {
  const before = process.cpuUsage();
  for (let done = 0; done < readings; done += PER_MESSAGE) await handle();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / readings;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

/** Node's own, whether or not it was started with `--expose-gc`. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
