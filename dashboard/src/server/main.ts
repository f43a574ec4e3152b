import { BigQuery } from '@google-cloud/bigquery';
import { LOCAL_PORTS, readEnvironment } from '@plumbline/contracts';
import { GoogleAuth } from 'google-auth-library';
import { buildDashboard } from './app.ts';
import { cloudBacklog, type ReadBacklog } from './backlog.ts';
import { buildSiteIfStale, SITE } from './build-site.ts';
import { remoteScorer } from './scorer.ts';
import { boundedWarehouse, WAREHOUSE_LIMITS } from './warehouse.ts';

const DRAIN_MS = 8_000;

const read = readEnvironment(process.env);
const config = {
  projectId: read.string('GOOGLE_CLOUD_PROJECT'),
  host: read.string('HOST', '127.0.0.1'),
  port: read.integer('PORT', { min: 0, max: 65_535, fallback: LOCAL_PORTS.dashboard }),
  mlServerUrl: read.string('ML_SERVER_URL', `http://127.0.0.1:${LOCAL_PORTS.mlServer}`),
  livePollMs: read.integer('LIVE_POLL_MS', { min: 100, max: 60_000, fallback: 1_000 }),
  usdPerMillionReadings: read.number('USD_PER_MILLION_READINGS', { min: 0, max: 1e6, fallback: 0 }),
};
read.done();
const isEmulated = Boolean(process.env.BIGQUERY_EMULATOR_HOST);

await buildSiteIfStale();
const warehouse = boundedWarehouse(
  // The page asks again by itself; retries behind its back would only make it wait.
  new BigQuery({ projectId: config.projectId, autoRetry: false }),
);
const app = await buildDashboard({
  warehouse,
  scorer: remoteScorer({
    url: config.mlServerUrl,
    authorization: authorization(config.mlServerUrl),
    timeoutMs: 5_000,
    maxInFlight: 20,
  }),
  backlog: isEmulated ? async () => null : backlogOf(config.projectId),
  isEmulated,
  usdPerMillionReadings: config.usdPerMillionReadings || null,
  site: SITE,
  now: Date.now,
  livePollMs: config.livePollMs,
  mlServerUrl: config.mlServerUrl,
});
const url = await app.listen({ host: config.host, port: config.port });
console.log(`dashboard: ${url}`);
void warmUp();

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    setTimeout(() => process.exit(1), DRAIN_MS).unref();
    void app.close().then(() => process.exit(0));
  });
}

/**
 * Fetches a token, opens the connections and loads the code that reads rows, before somebody waits for it. It names no
 * table, so it costs nothing. Whether BigQuery is there is for the page to say.
 */
async function warmUp(): Promise<void> {
  const sql = "SELECT @now AS at, ['text'] AS list, STRUCT(1.5 AS number) AS one";
  const ask = () => warehouse.rows({ sql, params: { now: new Date() } });
  await Promise.allSettled(Array.from({ length: WAREHOUSE_LIMITS.concurrency }, ask));
}

/** On Cloud Run the ML server wants an identity token for its address; on this machine it is open. */
function authorization(url: string): () => Promise<Record<string, string>> {
  if (!url.startsWith('https:')) return async () => ({});
  const client = new GoogleAuth().getIdTokenClient(url);
  return async () => Object.fromEntries((await (await client).getRequestHeaders()).entries());
}

function backlogOf(projectId: string): ReadBacklog {
  const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/monitoring.read' });
  return cloudBacklog({
    projectId,
    now: Date.now,
    get: async (url) => (await auth.request({ url, timeout: 10_000 })).data,
  });
}
