import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { freePorts } from '../ports.ts';
import { type Stack, startStack } from '../stack.ts';
import { formatReport } from './format.ts';
import { runDemo } from './run.ts';

const HELP = `npm run demo [-- options]

Replays two real data sets through the whole pipeline: 8 wireless motes (temperature, humidity) and an office with two
known system failures; some of it comes by MQTT and HTTP. Trains on their beginnings, judges the rest, lets a few
devices learn together without sending a reading, prints what was found and ends.
Exit status 1 if a reading is neither stored nor dead-lettered.

  --json    the report as one JSON object
  --help    this text

It uses free ports and a project of its own, so it can run beside npm start. PUBSUB_EMULATOR_HOST,
BIGQUERY_EMULATOR_HOST and STORAGE_EMULATOR_HOST replace the embedded emulators.`;

/** Quick rounds that wait for every device, so that each run tells of the same. */
const ROUNDS = { ROUND_SECONDS: '1', MINIMUM_CLIENTS: '5', DEADLINE_SECONDS: '30' };

const { values } = parseArgs({ options: { json: { type: 'boolean' }, help: { type: 'boolean' } } });

if (values.help) {
  console.log(HELP);
} else {
  // The report alone goes to stdout.
  const say = (line: string) => console.error(line);
  let stack: Stack | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      say('\nstopping …');
      await stack?.stop();
      process.exit(130);
    });
  }
  let status = 1;
  try {
    const startMs = performance.now();
    say('starting …');
    stack = await startStack({
      projectId: `demo-${randomBytes(4).toString('hex')}`,
      ports: await freePorts(),
      // The office's history is ten months old when its last reading is now.
      env: { ...process.env, TRAINING_WINDOW_HOURS: String(24 * 365), TRAINING_MIN_COVERAGE: '0' },
      report: say,
      withDashboard: false,
      rounds: ROUNDS,
    });
    const startSeconds = (performance.now() - startMs) / 1000;
    const report = await runDemo(stack, {
      onStage: (name) => say(`${name} …`),
      onProgress: (text) => say(`  ${text}`),
    });
    const all = { ...report, stageSeconds: { start: startSeconds, ...report.stageSeconds } };
    console.log(values.json ? JSON.stringify(all) : formatReport(all));
    status = report.isComplete ? 0 : 1;
  } catch (error) {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  await stack?.stop();
  process.exit(status);
}
