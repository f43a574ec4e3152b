import { ConfigError, readEnvironment } from '@plumbline/contracts';
import { createFleet, PROFILE_NAMES, PROFILES } from '@plumbline/simulator';
import { createLog } from '../log.ts';
import { coordinatorAt } from './exchange.ts';
import { metricsOf, runEdge } from './run-edge.ts';

const QUIET_MS = 30_000;

const log = createLog('federated-edge', (line) => process.stdout.write(line));
try {
  const read = readEnvironment(process.env);
  const url = read.string('COORDINATOR_URL', 'http://127.0.0.1:8060');
  const profile = read.oneOf('PROFILE', PROFILE_NAMES, 'lab');
  const devices = read.integer('NUM_DEVICES', { min: 1, max: 1_000, fallback: 8 });
  const trainSeconds = read.number('TRAIN_SECONDS', { min: 1, max: 3_600, fallback: 30 });
  const askSeconds = read.number('ASK_SECONDS', { min: 0.1, max: 3_600, fallback: 10 });
  const pastHours = read.number('PAST_HOURS', { min: 0, max: 168, fallback: 6 });
  const windowSize = read.integer('WINDOW', { min: 1, max: 12, fallback: 3 });
  read.done();
  const fleet = createFleet({ profile: PROFILES[profile], devices });
  const stopping = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stopping.abort());
  log('INFO', `${devices} devices of ${profile} learn`, { metrics: metricsOf(fleet), url });
  let quietUntilMs = 0;
  await runEdge(
    {
      fleet,
      client: coordinatorAt(url),
      windowSize,
      trainEveryMs: 1000 * trainSeconds,
      askEveryMs: 1000 * askSeconds,
      pastMs: 3_600_000 * pastHours,
      now: Date.now,
      random: Math.random,
      onTrouble(error) {
        if (Date.now() < quietUntilMs) return;
        quietUntilMs = Date.now() + QUIET_MS;
        log('WARNING', `the coordinator does not answer, devices learn alone: ${error.message}`);
      },
    },
    stopping.signal,
  );
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
