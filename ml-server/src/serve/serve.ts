import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bucket } from '@google-cloud/storage';
import type { PointerRole } from '../model/model-pointer.ts';
import { openModelStore } from '../model/model-store.ts';
import { listVersions } from '../model/operations.ts';
import { RULES } from '../rules.ts';
import type { ReadingHistory } from '../warehouse/reading-history.ts';
import type { ApiKey } from './access.ts';
import { buildApp } from './app.ts';
import type { ServeConfig } from './config.ts';
import { createCutForests } from './cut-forests.ts';
import { rememberInProcess } from './device-history.ts';
import type { IdTokenCheck } from './id-token.ts';
import { drain } from './limits.ts';
import {
  followModel,
  type LiveModel,
  type LiveModelEffects,
  type LiveModelEvent,
} from './live-model.ts';
import type { RedisHistory } from './redis-history.ts';
import type { Log, LogEntry, RequestLog } from './request-log.ts';
import { warmHistory } from './warm-start.ts';

export interface Served {
  readonly port: number;
  readonly model: LiveModel;
  readonly challenger: LiveModel;
  /** Answers what is under way, then closes everything. Safe to call twice. */
  stop(): Promise<void>;
}

/** What the server asks of the world. */
export interface ServeEffects {
  readonly keys: readonly ApiKey[];
  readonly checkIdToken: IdTokenCheck | null;
  readonly bucket: Bucket;
  readonly log: Log;
  readonly logRequest: RequestLog;
  /** Opens the warehouse, where the configuration asks for a warm start. */
  openWarehouse(): Promise<ReadingHistory>;
}

const FIRST_LOOK_MS = 3_000;

/** Starts the server: it listens at once, answers by rules, and takes up the current model as soon as it is loaded. */
export async function serve(config: ServeConfig, effects: ServeEffects): Promise<Served> {
  const { keys, checkIdToken, bucket, log, logRequest } = effects;
  const store = openModelStore(bucket, config.modelName);
  const followEffects = (role: PointerRole): LiveModelEffects => ({
    now: Date.now,
    random: Math.random,
    sleep: wait,
    report: (event) => log(entryOf(role, event)),
  });
  const model = followModel(store, 'current', followEffects('current'));
  const challenger = followModel(store, 'challenger', followEffects('challenger'));
  const redis = config.redisUrl === null ? null : await openRedis(config.redisUrl, log);
  const history =
    config.detectors === 'forest' ? null : (redis ?? rememberInProcess(config.maxDevices));
  // What Redis holds outlives this process: there is nothing to read again.
  let isWarming = 0 < config.warmStartMs && redis === null;
  let isReady = false;
  const { fastify, gate } = await buildApp({
    projectId: config.projectId,
    modelName: config.modelName,
    model,
    challenger,
    history,
    cutForests:
      config.cutForestMetrics.length === 0 ? null : createCutForests(config.cutForestMetrics),
    rules: RULES,
    listVersions: () => listVersions(store),
    readCard: (version) => store.readFile(version, 'card.md'),
    limits: config.limits,
    access: { keys, checkIdToken, readingsPerSecond: config.readingsPerSecond },
    log,
    logRequest,
    isWarming: () => isWarming,
    isReady: () => isReady,
    now: Date.now,
    elapsed: () => performance.now(),
  });
  await fastify.listen({ host: config.host, port: config.port });
  const { port } = fastify.server.address() as AddressInfo;

  const stopped = new AbortController();
  // A bucket that hangs must not keep the server from being ready: rules answer meanwhile.
  const firstLook = model.refresh();
  const settled = Promise.race([firstLook, wait(FIRST_LOOK_MS, stopped.signal)])
    .then(async () => {
      if (isWarming) await warm();
    })
    .finally(() => {
      isWarming = false;
      isReady = true;
    });
  const following = Promise.all([
    settled,
    firstLook.then(() => model.follow(config.reloadMs, stopped.signal)),
    challenger.refresh().then(() => challenger.follow(config.reloadMs, stopped.signal)),
  ]);
  let stopping: Promise<void> | undefined;
  return {
    port,
    model,
    challenger,
    stop() {
      stopping ??= (async () => {
        stopped.abort();
        await drain(fastify, gate);
        await following;
        await redis?.close();
      })();
      return stopping;
    },
  };

  /** A warehouse that does not answer costs the devices their past, not the server its start. */
  async function warm(): Promise<void> {
    if (history === null) return;
    const untilMs = Date.now();
    const range = { fromMs: untilMs - config.warmStartMs, untilMs };
    try {
      const warehouse = await effects.openWarehouse();
      const count = await warmHistory(warehouse, history, model.current(), RULES, range);
      log({ severity: 'INFO', message: `warm start: ${count} readings of the past are known` });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log({ severity: 'ERROR', message: `no warm start, devices start anew: ${reason}` });
    }
  }
}

/** Loads the client of Redis only where it is used: it takes a fifth of the time to start. */
async function openRedis(url: string, log: Log): Promise<RedisHistory> {
  const { rememberInRedis } = await import('./redis-history.ts');
  return rememberInRedis(url, reportTo(log));
}

/** Says once in a while that Redis fails: an outage must not fill the log. */
function reportTo(log: Log): (error: Error) => void {
  let quietUntilMs = 0;
  return (error) => {
    if (Date.now() < quietUntilMs) return;
    quietUntilMs = Date.now() + 10_000;
    const message = `Redis fails, devices are judged by single readings: ${error.message}`;
    log({ severity: 'ERROR', message });
  };
}

/** Ends early, without an error, at the signal. */
async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => {});
}

function entryOf(role: PointerRole, event: LiveModelEvent): LogEntry {
  switch (event.kind) {
    case 'loaded': {
      const before = event.replaced === null ? '' : ` instead of ${event.replaced}`;
      return { severity: 'INFO', message: `${role} model: ${event.version}${before}` };
    }
    case 'removed':
      return { severity: 'INFO', message: `${role} model: none instead of ${event.version}` };
    case 'failed': {
      const { reason, message } = event.problem;
      return {
        severity: reason === 'unreachable' ? 'WARNING' : 'ERROR',
        message: `${role} model: no newer one: ${reason}: ${message}`,
      };
    }
  }
}
