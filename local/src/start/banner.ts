import { DATASET } from '@plumbline/contracts';
import type { Ports } from '../ports.ts';

/** The table of addresses and the first things to try, printed when everything answers. */
export function banner(ports: Ports, env: Readonly<Record<string, string>>): string {
  const at = (port: number) => `http://127.0.0.1:${port}`;
  const rows = [
    ['Dashboard', at(ports.dashboard)],
    ['ML server', `${at(ports.mlServer)}/docs`],
    ['Pub/Sub', env.PUBSUB_EMULATOR_HOST],
    ['BigQuery', env.BIGQUERY_EMULATOR_HOST],
    ['Cloud Storage', env.STORAGE_EMULATOR_HOST],
  ];
  const reading = '{"device_id":"sensor_001","temperature":41.5,"vibration":1.2}';
  return [
    '',
    ...rows.map(([name = '', address]) => `  ${name.padEnd(15)}${address}`),
    '',
    '  Ask the ML server:',
    `    curl -s -X POST ${at(ports.mlServer)}/detect -H 'content-type: application/json' -d '${reading}'`,
    '  Ask the warehouse:',
    `    npm run query -- "SELECT device_id, measured_at, severity, explanation FROM ${DATASET}.anomalies WHERE is_alert ORDER BY measured_at DESC LIMIT 5"`,
    '  Ctrl-C stops it all.',
    '',
  ].join('\n');
}
