import { readEnvironment } from '@plumbline/contracts';
import { createLog, runMain, stopOnSignal } from '@plumbline/telemetry';
import { startBroker } from './broker.ts';

const HELP = `npm run broker -w gateway

A small MQTT 3.1.1 broker on 127.0.0.1, for machines without one.

  PORT          1883
  JOURNAL_DIR   folder that keeps sessions and messages while the broker is away; without it they are lost with it`;

const log = createLog('mqtt-broker', (line) => process.stdout.write(line));
await runMain(HELP, async () => {
  const read = readEnvironment(process.env);
  const port = read.integer('PORT', { min: 0, max: 65_535, fallback: 1883 });
  read.done();
  const broker = await startBroker({ port, journalDir: process.env.JOURNAL_DIR || null });
  log('INFO', `MQTT broker listens on mqtt://127.0.0.1:${broker.port}`);
  stopOnSignal(() => broker.stop());
});
