import { randomBytes } from 'node:crypto';
import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { createLog, runMain } from '@plumbline/telemetry';
import { COORDINATOR_HELP, readCoordinatorConfig } from './config.ts';
import { openGlobalModels } from './model-store.ts';
import { roundTables } from './round-tables.ts';
import { startCoordinator } from './start.ts';

/** Cloud Run kills ten seconds after SIGTERM. */
const STOP_MS = 8_500;

const log = createLog('federated-coordinator', (line) => process.stdout.write(line));
await runMain(COORDINATOR_HELP, async () => {
  const config = readCoordinatorConfig(process.env);
  const emulator = process.env.BIGQUERY_EMULATOR_HOST || process.env.STORAGE_EMULATOR_HOST;
  // An emulator needs no credentials: without this the client looks for Google's metadata server first.
  if (emulator) process.env.METADATA_SERVER_DETECTION ??= 'none';
  const running = await startCoordinator(config, {
    models: openGlobalModels(new Storage({ projectId: config.projectId }).bucket(config.bucket)),
    tables: roundTables(new BigQuery({ projectId: config.projectId })),
    log,
    now: Date.now,
    // Whoever could guess the noise could take it away again.
    random: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  });
  const stop = () => {
    setTimeout(() => process.exit(1), STOP_MS).unref();
    void running.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
});
