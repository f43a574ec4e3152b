import { DATASET } from '@plumbline/contracts';
import { coordinatorUrl, type Stack } from '../stack.ts';

/** The table of addresses and the first things to try, printed when everything answers. */
export function banner({ ports, google: { env }, mqttUrl }: Stack): string {
  const at = (port: number) => `http://127.0.0.1:${port}`;
  const rows = [
    ['Dashboard', at(ports.dashboard)],
    ['ML server', `${at(ports.mlServer)}/docs`],
    ['MQTT', mqttUrl],
    ['HTTP gateway', `${at(ports.gateway)}/v1/readings`],
    ['Federated', `${coordinatorUrl(ports)}/api/status`],
    ['Pub/Sub', env.PUBSUB_EMULATOR_HOST],
    ['BigQuery', env.BIGQUERY_EMULATOR_HOST],
    ['Cloud Storage', env.STORAGE_EMULATOR_HOST],
  ];
  const reading = '{"device_id":"sensor_001","temperature":41.5,"vibration":1.2}';
  const { hostname, port: mqttPort } = new URL(mqttUrl);
  return [
    '',
    ...rows.map(([name = '', address]) => `  ${name.padEnd(15)}${address}`),
    '',
    '  Ask the ML server:',
    `    curl -s -X POST ${at(ports.mlServer)}/detect -H 'content-type: application/json' -d '${reading}'`,
    '  Ask the warehouse:',
    `    npm run query -- "SELECT device_id, measured_at, severity, explanation FROM ${DATASET}.anomalies WHERE is_alert ORDER BY measured_at DESC LIMIT 5"`,
    '  Be a device (mosquitto-clients):',
    `    mosquitto_pub -h ${hostname} -p ${mqttPort || 1883} -q 1 -t sites/A/1/my-device/temperature -m 41.5`,
    '  Ctrl-C stops it all.',
    '',
  ].join('\n');
}
