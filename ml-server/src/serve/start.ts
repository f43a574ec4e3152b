import { readFileSync } from 'node:fs';
import { Storage } from '@google-cloud/storage';
import type { Environment } from '@plumbline/contracts';
import { explainError } from '../explain-error.ts';
import { queryHistory } from '../warehouse/reading-history.ts';
import { parseApiKeys } from './access.ts';
import { readServeConfig } from './config.ts';
import type { IdTokenCheck, IdTokenRules } from './id-token.ts';
import { logTo } from './request-log.ts';
import '../google-listeners.ts';
import { serve } from './serve.ts';

/** Of the query for a warm start. */
const MAX_BYTES_BILLED = 20e9;
/** Cloud Run kills ten seconds after SIGTERM. */
const STOP_MS = 8_500;

/** Starts the server and sees to its end. A wrong start sets the exit code. */
export async function start(env: Environment): Promise<void> {
  try {
    const config = readServeConfig(env);
    const keys =
      config.apiKeysFile === null ? [] : parseApiKeys(readFileSync(config.apiKeysFile, 'utf8'));
    const { log, logRequest, flush } = logTo((text) => process.stdout.write(text), Date.now);
    process.once('exit', flush);
    const storage = new Storage({
      projectId: config.projectId,
      // A try that hangs must not hold up the next look for a model.
      retryOptions: { maxRetries: 2, totalTimeout: 10 },
    });
    const served = await serve(config, {
      keys,
      checkIdToken: config.idTokens === null ? null : await idTokenCheck(config.idTokens),
      bucket: storage.bucket(config.bucket),
      log,
      logRequest,
      openWarehouse: async () => {
        // Loaded only where it is used: it takes as long as all the rest of the start.
        const { BigQuery } = await import('@google-cloud/bigquery');
        return queryHistory(new BigQuery({ projectId: config.projectId }), MAX_BYTES_BILLED);
      },
    });
    log({ severity: 'INFO', message: `ML server listens on http://${config.host}:${served.port}` });
    const stop = () => {
      setTimeout(() => process.exit(1), STOP_MS).unref();
      void served.stop();
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  } catch (error) {
    console.error(explain(error));
    process.exitCode = 1;
  }
}

/** Loaded only where it is used, as the client of BigQuery. */
async function idTokenCheck(rules: IdTokenRules): Promise<IdTokenCheck> {
  const { checkIdTokens } = await import('./id-token.ts');
  return checkIdTokens(rules);
}

function explain(error: unknown): unknown {
  const { code, port } = error as { code?: string; port?: number };
  if (code !== 'EADDRINUSE') return explainError(error);
  return `port ${port} is in use: stop what uses it or set PORT`;
}
