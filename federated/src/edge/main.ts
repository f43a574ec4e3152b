import { readFileSync } from 'node:fs';
import { readEnvironment } from '@plumbline/contracts';
import { createFleet, PROFILE_NAMES, PROFILES } from '@plumbline/simulator';
import {
  addProcessMetrics,
  createLog,
  createRegistry,
  runMain,
  serveStatus,
} from '@plumbline/telemetry';
import { coordinatorAt } from './exchange.ts';
import { edgeMetrics } from './metrics.ts';
import { metricsOf, runEdge } from './run-edge.ts';

const HELP = `npm run edge -w federated

Runs simulated devices that learn where their data is and send weights and counts alone to a coordinator.

  COORDINATOR_URL   http://127.0.0.1:8060
  CLIENT_KEY_FILE   the key that the coordinator asks for, if it does
  PROFILE           lab; one of ${PROFILE_NAMES.join(', ')}
  NUM_DEVICES       8
  TRAIN_SECONDS     30 between two trainings of a device's own weights
  ASK_SECONDS       10 between two questions to the coordinator
  PAST_HOURS        6 that devices remember when they start
  WINDOW            3 rows that make a point
  STATUS_PORT       8061 on 127.0.0.1: /health, /ready, /metrics`;

const QUIET_MS = 30_000;

const log = createLog('federated-edge', (line) => process.stdout.write(line));
await runMain(HELP, async () => {
  const read = readEnvironment(process.env);
  const url = read.string('COORDINATOR_URL', 'http://127.0.0.1:8060');
  const profile = read.oneOf('PROFILE', PROFILE_NAMES, 'lab');
  const devices = read.integer('NUM_DEVICES', { min: 1, max: 1_000, fallback: 8 });
  const trainSeconds = read.number('TRAIN_SECONDS', { min: 1, max: 3_600, fallback: 30 });
  const askSeconds = read.number('ASK_SECONDS', { min: 0.1, max: 3_600, fallback: 10 });
  const pastHours = read.number('PAST_HOURS', { min: 0, max: 168, fallback: 6 });
  const windowSize = read.integer('WINDOW', { min: 1, max: 12, fallback: 3 });
  const statusPort = read.integer('STATUS_PORT', { min: 0, max: 65_535, fallback: 8061 });
  read.done();
  const keyFile = process.env.CLIENT_KEY_FILE;
  const key = keyFile ? readFileSync(keyFile, 'utf8').trim() : undefined;
  const fleet = createFleet({ profile: PROFILES[profile], devices });
  const registry = createRegistry();
  const metrics = edgeMetrics(registry, devices);
  addProcessMetrics(registry);
  await serveStatus(statusPort, registry, () => true);
  const stopping = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stopping.abort());
  log('INFO', `${devices} devices of ${profile} learn`, { metrics: metricsOf(fleet), url });
  let quietUntilMs = 0;
  await runEdge(
    {
      fleet,
      client: coordinatorAt(url, key),
      windowSize,
      trainEveryMs: 1000 * trainSeconds,
      askEveryMs: 1000 * askSeconds,
      pastMs: 3_600_000 * pastHours,
      now: Date.now,
      random: Math.random,
      ...metrics,
      onTrouble(error) {
        if (Date.now() < quietUntilMs) return;
        quietUntilMs = Date.now() + QUIET_MS;
        log('WARNING', `the coordinator does not answer, devices learn alone: ${error.message}`);
      },
    },
    stopping.signal,
  );
  process.exit(0);
});
