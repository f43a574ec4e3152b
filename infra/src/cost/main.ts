import { parseArgs } from 'node:util';
import { MAX_READINGS_PER_MESSAGE } from '@plumbline/contracts';
import { ENVIRONMENTS, type EnvironmentName } from '../environments.ts';
import { alwaysOn, estimate, type Load, MONTH_SECONDS, USUAL_LOAD } from './estimate.ts';

const USAGE = `npm run cost -- [--environment dev] [--rate 5] [--packing 10] [--bridge] [--coordinator] [--json]
  --rate     readings a second of all devices together (50 devices every 10 s are 5)
  --packing  readings that a producer packs into a message, 1 to ${MAX_READINGS_PER_MESSAGE}
  --bridge, --coordinator  with the MQTT bridge, with the coordinator of federated learning`;

try {
  const { values } = parseArgs({
    options: {
      environment: { type: 'string', default: 'dev' },
      rate: { type: 'string', default: String(USUAL_LOAD.readingsPerSecond) },
      packing: { type: 'string', default: String(USUAL_LOAD.readingsPerMessage) },
      bridge: { type: 'boolean', default: false },
      coordinator: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const load: Load = {
    readingsPerSecond: number('rate', values.rate, 0.001, 10_000_000),
    readingsPerMessage: number('packing', values.packing, 1, MAX_READINGS_PER_MESSAGE),
  };
  const environment = ENVIRONMENTS[values.environment as EnvironmentName];
  if (!environment) {
    throw new RangeError(
      `--environment must be one of ${Object.keys(ENVIRONMENTS).join(', ')}, got "${values.environment}"`,
    );
  }
  const lines = [
    ...estimate(load, environment),
    ...(values.bridge ? [alwaysOn('MQTT bridge', environment.gatewayMqtt)] : []),
    ...(values.coordinator ? [alwaysOn('Coordinator', environment.federated)] : []),
  ];
  const total = lines.reduce((sum, { usdPerMonth }) => sum + usdPerMonth, 0);
  const usdPerMillionReadings = total / ((load.readingsPerSecond * MONTH_SECONDS) / 1e6);
  if (values.json) {
    console.log(
      JSON.stringify({ load, lines, usdPerMonth: total, usdPerMillionReadings }, null, 2),
    );
  } else {
    for (const { what, usdPerMonth, because } of lines) {
      console.log(`${what.padEnd(42)}${usdPerMonth.toFixed(2).padStart(10)}  ${because}`);
    }
    console.log(`${'US$ a month'.padEnd(42)}${total.toFixed(2).padStart(10)}`);
    console.log(
      `${'US$ per million readings'.padEnd(42)}${usdPerMillionReadings.toFixed(2).padStart(10)}`,
    );
  }
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  process.exitCode = 1;
}

function number(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (min <= value && value <= max) return value;
  throw new RangeError(`--${name} must be a number from ${min} to ${max}, got "${text}"`);
}
