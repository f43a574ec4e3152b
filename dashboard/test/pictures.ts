// Takes the pictures of docs/dashboard.md:
//   npm run pictures -w dashboard -- [--keep]
// Runs what `npm run demo` runs, with a page and a challenger, and takes pictures of what was found; then a simulated
// building for the pages that compare places. Dark and light, wide and on a phone. With --keep it stops after the demo,
// prints the page's address and stays until Ctrl-C.
import { parseArgs } from 'node:util';
import { createFleet, PROFILES, publishReadings, pubSubTopic } from '@plumbline/simulator';
import { waitForCounts } from '../../local/src/counts.ts';
import { runDemo } from '../../local/src/demo/run.ts';
import { freePorts } from '../../local/src/ports.ts';
import { type Stack, startStack } from '../../local/src/stack.ts';
import { ROOT, runJob } from '../../local/src/supervise.ts';
import { openBrowser } from './browser.ts';
import { type Picture, takePictures } from './take-pictures.ts';

const { values } = parseArgs({ options: { keep: { type: 'boolean' } } });
const say = (line: string) => console.error(line);
/** Enough rooms to compare, few enough to be judged within a minute. */
const BUILDING = { devices: 36, faultRate: 0.06 };

const stack = await startStack({
  projectId: 'pictures',
  ports: await freePorts(),
  // As the demo does: the office's history is ten months old when its last reading is now.
  env: { ...process.env, TRAINING_WINDOW_HOURS: String(24 * 365), TRAINING_MIN_COVERAGE: '0' },
  report: say,
  // Quick rounds, of all devices that learn together.
  rounds: { ROUND_SECONDS: '1', MINIMUM_CLIENTS: '5', DEADLINE_SECONDS: '30' },
});
const url = `http://127.0.0.1:${stack.ports.dashboard}`;
try {
  const report = await runDemo(stack, { onStage: (name) => say(`${name} …`), onProgress: say });
  await challenge(stack, report.modelVersion);
  if (values.keep) {
    say(`${url}/?${around(await eventEndMs(stack), 1)}  Ctrl-C ends it`);
    await new Promise((resolve) => process.once('SIGINT', resolve));
  } else {
    const browser = await openBrowser();
    if (typeof browser === 'string') throw new Error(browser);
    say('pictures of the demo …');
    await takePictures(browser, url, picturesOfEvent(await eventEndMs(stack)));
    say('a day of a building …');
    await settleBuilding(stack);
    say('pictures of the building …');
    await takePictures(browser, url, picturesOfBuilding());
    await browser.close();
  }
} finally {
  await stack.stop();
}

/** What the demo found in real readings: the motes were heated and wetted by hand. */
function picturesOfEvent(endMs: number): readonly Picture[] {
  const hour = around(endMs, 1);
  return [
    { name: 'overview', search: hour },
    { name: 'overview-phone', search: hour, isPhone: true },
    { name: 'anomaly', search: hour, isOpened: true },
    { name: 'anomalies', search: `page=anomalies&${around(endMs, 3)}` },
    { name: 'anomalies-phone', search: `page=anomalies&${around(endMs, 3)}`, isPhone: true },
    { name: 'predict', search: 'page=predict', pressed: 'Overheating' },
    { name: 'models', search: 'page=models&range=24h' },
    { name: 'federated', search: `page=federated&${around(Date.now(), 1 / 30)}` },
  ];
}

/** What needs places: the demo's real devices say neither building nor floor. */
function picturesOfBuilding(): readonly Picture[] {
  return [
    { name: 'building', search: 'range=1h' },
    { name: 'windows', search: 'page=windows&range=24h' },
    { name: 'analytics', search: 'page=analytics&range=24h' },
    { name: 'devices', search: 'page=devices&range=24h' },
    { name: 'devices-phone', search: 'page=devices&range=24h', isPhone: true },
    { name: 'health', search: 'page=health&range=15m' },
  ];
}

function around(endMs: number, hours: number): string {
  return `from=${endMs - hours * 3_600_000}&to=${endMs}`;
}

/** A minute after the last critical anomaly of the last day: what is off true then is still open. */
async function eventEndMs({ google }: Stack): Promise<number> {
  const [[row]] = await google.bigquery.query(
    `SELECT UNIX_MILLIS(MAX(measured_at)) AS last_ms FROM iot_data.anomalies
     WHERE severity = 'critical' AND measured_at > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)`,
  );
  if (typeof row?.last_ms !== 'number')
    throw new Error('the demo found nothing critical in its last day');
  return row.last_ms + 60_000;
}

/** A day of a building, the last hour of it as its devices report, stored, judged and aggregated; it goes on from there. */
async function settleBuilding({ google, supervisor, aggregate }: Stack): Promise<void> {
  const nowMs = Date.now();
  const send = pubSubTopic(google.pubsub, 'readings');
  const before = await waitForCounts(google.bigquery, () => true);
  let published = 0;
  for (const [hours, untilHours, intervalMs] of [
    [24, 1, 600_000],
    [1, 0, 60_000],
  ] as const) {
    const fleet = createFleet({ ...BUILDING, profile: PROFILES.building, intervalMs });
    const readings = fleet.readings({
      fromMs: nowMs - hours * 3_600_000,
      toMs: nowMs - untilHours * 3_600_000,
    });
    published += (await publishReadings(send, readings, { perMessage: 100 })).published;
  }
  await supervisor.start({
    name: 'simulator',
    args: [
      ...['simulator/src/main.ts', '--profile', 'building', '--devices', String(BUILDING.devices)],
      ...['--fault-rate', String(BUILDING.faultRate), '--start', new Date(nowMs).toISOString()],
      '--quiet',
    ],
    env: {},
    endsFirst: true,
  });
  await waitForCounts(
    google.bigquery,
    ({ stored, predicted }) => before.stored + published <= stored && stored - 100 <= predicted,
  );
  await aggregate(new Date(), { lookBackMinutes: 24 * 60, horizonMinutes: 48 * 60 });
}

/** Trains once more, and lets the version before judge in the shadow what was read last. */
async function challenge({ train, env, ports, google }: Stack, version: string): Promise<void> {
  await train();
  await runJob(ROOT, ['ml-server/src/models-cli/main.ts', 'challenge', version], env);
  const mlServer = `http://127.0.0.1:${ports.mlServer}`;
  const deadlineMs = Date.now() + 30_000;
  while ((await statusOf(mlServer)).challenger_version !== version) {
    if (Date.now() > deadlineMs) throw new Error('no challenger after 30 s');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const [rows] = await google.bigquery.query(
    `SELECT device_id, measured_at, temperature, humidity FROM iot_data.readings
     WHERE temperature IS NOT NULL AND humidity IS NOT NULL ORDER BY measured_at DESC LIMIT 500`,
  );
  const readings = rows.map(({ measured_at, ...row }) => ({
    ...row,
    timestamp: measured_at.value,
  }));
  await fetch(`${mlServer}/detect/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ readings: readings.reverse() }),
  });
}

async function statusOf(mlServer: string): Promise<{ challenger_version: string | null }> {
  const response = await fetch(`${mlServer}/api/status`);
  return (await response.json()) as { challenger_version: string | null };
}
