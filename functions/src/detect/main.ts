import { http } from '@google-cloud/functions-framework';
import type { Topic } from '@google-cloud/pubsub';
import { DEFAULT_TIME_BOUNDS } from '@plumbline/contracts';
import { createLog } from '@plumbline/telemetry';
import { GoogleAuth } from 'google-auth-library';
import { mendFramework } from '../platform/framework.ts';
import { createFunctionMetrics } from '../platform/function-metrics.ts';
import { frameworkLimits } from '../platform/limits.ts';
import { pushFunction } from '../platform/push-function.ts';
import { openWarehouse } from '../platform/warehouse.ts';
import { publishAlerts } from './alerts.ts';
import { parseConfig } from './config.ts';
import { createDetect } from './detect.ts';
import { createScorer } from './ml-server.ts';

const log = createLog('detect', (line) => process.stdout.write(line));
mendFramework(frameworkLimits(process.env), log);

const config = parseConfig(process.env);
const writerOf = openWarehouse(config.warehouse);
const metrics = createFunctionMetrics();
let anomalies: Promise<Topic> | undefined;

const detect = createDetect(DEFAULT_TIME_BOUNDS, {
  now: Date.now,
  score: createScorer(config.mlServerUrl, authorization(config.mlServerUrl)).add,
  storePredictions: metrics.counted('predictions', writerOf('predictions')).add,
  storeAnomalies: metrics.counted('anomalies', writerOf('anomalies')).add,
  publishAlerts: async (alerts) => {
    if (alerts.length === 0) return;
    anomalies ??= openTopic();
    await publishAlerts(await anomalies, alerts);
  },
  log,
});

http('detect', pushFunction(detect, log, metrics));

/** Half of this function's code is Pub/Sub's client: instances start without it, and alerts are rare. */
async function openTopic(): Promise<Topic> {
  const { PubSub } = await import('@google-cloud/pubsub');
  return new PubSub({ projectId: config.warehouse.projectId }).topic('anomalies');
}

/** On Cloud Run the ML server wants an identity token for its address; on this machine it is open. */
function authorization(url: string): () => Promise<Record<string, string>> {
  if (!url.startsWith('https:')) return async () => ({});
  const auth = new GoogleAuth();
  const client = auth.getIdTokenClient(url);
  return async () => Object.fromEntries((await (await client).getRequestHeaders()).entries());
}
