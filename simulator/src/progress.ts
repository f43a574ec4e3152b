import { formatValue, METRIC_NAMES, type Reading } from '@plumbline/contracts';

/** Tells a person how it goes, on a stream that is not the data's. */
export interface Progress {
  /** Called for every published reading. */
  count(reading: Reading): void;
  say(line: string): void;
  stop(): void;
}

const SAMPLE_MS = 2_000;
const DRAW_MS = 200;

/**
 * Prints a reading now and then; on a terminal also totals and rate, and a bar where the end is known.
 *
 * `expected` may be a little off: faults of silence leave readings out.
 */
export function showProgress(
  stream: NodeJS.WriteStream,
  expected: number | undefined,
  isQuiet: boolean,
): Progress {
  const startMs = performance.now();
  let published = 0;
  let sampledMs = Number.NEGATIVE_INFINITY;
  const timer = stream.isTTY && !isQuiet ? setInterval(draw, DRAW_MS) : undefined;
  return {
    count(reading) {
      published += 1;
      if (isQuiet) return;
      const nowMs = performance.now();
      if (nowMs - sampledMs < SAMPLE_MS) return;
      sampledMs = nowMs;
      if (timer) stream.write('\r\x1b[2K');
      stream.write(`${describe(reading)}\n`);
    },
    say(line) {
      if (timer) stream.write('\r\x1b[2K');
      stream.write(`${line}\n`);
    },
    stop() {
      clearInterval(timer);
      if (timer) stream.write('\r\x1b[2K');
    },
  };

  function draw(): void {
    const rate = published / ((performance.now() - startMs) / 1000);
    const totals = `${published} readings, ${Math.round(rate)}/s`;
    stream.write(
      `\r\x1b[2K${expected === undefined ? totals : `${bar(published / expected)} ${totals}`}`,
    );
  }
}

/** As a person reads it: `BuildingA-Floor1-Office-123 22.3 °C 45 % 450 ppm 52.1 kWh`. */
export function describe({ deviceId, metrics, label }: Reading): string {
  const values = METRIC_NAMES.flatMap((name) => {
    const value = metrics[name];
    return value === undefined ? [] : [formatValue(name, value)];
  });
  return [deviceId, ...values, ...(label === undefined ? [] : [`(${label})`])].join(' ');
}

function bar(share: number): string {
  const width = 30;
  const done = Math.round(Math.min(1, share) * width);
  const percent = String(Math.floor(Math.min(1, share) * 100)).padStart(3);
  return `[${'#'.repeat(done)}${'.'.repeat(width - done)}] ${percent} %`;
}
