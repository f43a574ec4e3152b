import { parseArgs } from 'node:util';
import { scaleReport } from './report.ts';

const USAGE = `npm run scale -- [--devices 1000] [--interval 10]
  --devices   how many, 1 to 1000000000
  --interval  seconds between two readings of a device, 0.1 to 86400

Prints what the fleet takes, which quota breaks first, what is switched then, and what it costs. Markdown, for docs/scale.md.`;

try {
  const { values } = parseArgs({
    options: {
      devices: { type: 'string', default: '1000' },
      interval: { type: 'string', default: '10' },
      help: { type: 'boolean', default: false },
    },
  });
  console.log(
    values.help
      ? USAGE
      : scaleReport(
          number('devices', values.devices, 1, 1e9),
          number('interval', values.interval, 0.1, 86_400),
        ),
  );
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  process.exitCode = 1;
}

function number(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (min <= value && value <= max) return value;
  throw new RangeError(`--${name} must be a number from ${min} to ${max}, got "${text}"`);
}
