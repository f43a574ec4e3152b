import { RULES } from '../src/rules.ts';
import { type App, type AppDeps, buildApp } from '../src/serve/app.ts';
import { rememberInProcess } from '../src/serve/device-history.ts';
import type { LiveModel } from '../src/serve/live-model.ts';
import { type LogEntry, requestFields } from '../src/serve/request-log.ts';

/** The app without a socket and without a model, for what needs neither. */
export async function buildTestApp(
  changes: Partial<AppDeps> = {},
): Promise<App & { readonly logged: LogEntry[] }> {
  const logged: LogEntry[] = [];
  const app = await buildApp({
    projectId: 'test',
    modelName: 'sensors',
    model: NO_MODEL,
    challenger: NO_MODEL,
    history: rememberInProcess(1_000),
    cutForests: null,
    rules: RULES,
    listVersions: async () => [],
    readCard: async () => null,
    limits: { maxInFlight: 1_000, maxBatchesInFlight: 100 },
    access: { keys: [], checkIdToken: null, readingsPerSecond: 0 },
    log: (entry) => logged.push(entry),
    logRequest: (line) => logged.push(JSON.parse(`{${requestFields(line)}}`)),
    isReady: () => true,
    isWarming: () => false,
    now: Date.now,
    elapsed: () => performance.now(),
    ...changes,
  });
  return { ...app, logged };
}

const NO_MODEL: LiveModel = {
  current: () => null,
  problem: () => null,
  loadCount: () => 0,
  failureCounts: () => new Map(),
  refresh: async () => {},
  follow: async () => {},
};
