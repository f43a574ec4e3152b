import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bucket } from '@google-cloud/storage';
import { openModelStore } from '../model/model-store.ts';
import { buildApp } from './app.ts';
import type { ServeConfig } from './config.ts';
import { rememberInProcess } from './device-history.ts';
import { drain } from './limits.ts';
import { followModel, type LiveModel, type LiveModelEvent } from './live-model.ts';
import type { Log, LogEntry } from './request-log.ts';
import { RULES } from './rules.ts';

export interface Served {
  readonly port: number;
  readonly model: LiveModel;
  /** Answers what is under way, then closes everything. Safe to call twice. */
  stop(): Promise<void>;
}

const FIRST_LOOK_MS = 3_000;

/** Starts the server: it listens at once, answers by rules, and takes up the current model as soon as it is loaded. */
export async function serve(config: ServeConfig, bucket: Bucket, log: Log): Promise<Served> {
  const store = openModelStore(bucket, config.modelName);
  const model = followModel(store, 'current', {
    now: Date.now,
    random: Math.random,
    sleep: wait,
    report: (event) => log(entryOf(event)),
  });
  let hasLooked = false;
  const { fastify, gate } = await buildApp({
    projectId: config.projectId,
    modelName: config.modelName,
    model,
    history: rememberInProcess(config.maxDevices),
    rules: RULES,
    limits: config.limits,
    log,
    hasLooked: () => hasLooked,
    now: Date.now,
    elapsed: () => performance.now(),
  });
  await fastify.listen({ host: config.host, port: config.port });
  const { port } = fastify.server.address() as AddressInfo;

  const stopped = new AbortController();
  // A bucket that hangs must not keep the server from being ready: rules answer meanwhile.
  const firstLook = model.refresh();
  void Promise.race([firstLook, wait(FIRST_LOOK_MS, stopped.signal)]).then(() => {
    hasLooked = true;
  });
  const following = firstLook.then(() => model.follow(config.reloadMs, stopped.signal));
  let stopping: Promise<void> | undefined;
  return {
    port,
    model,
    stop() {
      stopping ??= (async () => {
        stopped.abort();
        await drain(fastify, gate);
        await following;
      })();
      return stopping;
    },
  };
}

/** Ends early, without an error, at the signal. */
async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => {});
}

function entryOf(event: LiveModelEvent): LogEntry {
  switch (event.kind) {
    case 'loaded':
      return {
        severity: 'INFO',
        message: `model ${event.version} serves, before it ${event.replaced ?? 'rules alone'}`,
      };
    case 'removed':
      return { severity: 'WARNING', message: `model ${event.version} was withdrawn` };
    case 'failed':
      return {
        severity: event.problem.reason === 'unreachable' ? 'WARNING' : 'ERROR',
        message: `no newer model: ${event.problem.reason}: ${event.problem.message}`,
      };
  }
}
