/**
 * Cloud Storage's JSON API in this process, in memory or in a folder.
 *
 * What differs from Google: nobody is asked who they are; no access control, retention, holds, soft delete,
 * lifecycle actions, encryption keys, folders, batch or XML API (each refused with 501 and its name, except
 * that a bucket remembers its lifecycle and other settings); `fields` and `projection` are ignored, so answers
 * are whole; rewrites are done in one call.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Emulator, EmulatorOptions } from '../emulator.ts';
import { ConnectionCut } from '../faults.ts';
import { isForeign, LOOPBACK, listenOnLoopback, refuseOnCloudRun } from '../loopback.ts';
import { notImplemented, StorageError } from './errors.ts';
import { askedFor, type StorageFault, storageFaults } from './faults.ts';
import { send, sendError } from './http.ts';
import { DEFAULT_LIMITS, type StorageLimits } from './limits.ts';
import { notificationsOf, type Publish } from './notifications.ts';
import { objectResource } from './resources.ts';
import { createRoutes } from './routes.ts';
import { allObjects, findObject, namesInOrder } from './state.ts';
import { openStore } from './store.ts';
import { openUploadSessions } from './upload-sessions.ts';

export type { StorageFault } from './faults.ts';
export type { StorageLimits } from './limits.ts';
export type { Publish } from './notifications.ts';

const MAX_OBJECT_BYTES = 512 * 1024 * 1024;

export interface StorageOptions extends EmulatorOptions {
  /** Folder that keeps everything, durable before each reply. Absent: memory only. */
  readonly dataDir?: string;
  /** Largest object, and largest sum of unfinished uploads; 512 MiB if absent. */
  readonly maxObjectBytes?: number;
  /** What it keeps at most, where that shall differ from the defaults. */
  readonly limits?: Partial<StorageLimits>;
  /** Sends the notifications of buckets that have some. Absent: they are not sent. */
  readonly publish?: Publish;
  /** Decides which calls a fault with a rate befalls: [0, 1), `Math.random` if absent. */
  readonly random?: () => number;
}

export interface StorageEmulator extends Emulator {
  /** The live objects of a bucket in order of their names, as the API describes them. */
  objects(bucket: string): readonly ReturnType<typeof objectResource>[];
  /** The bytes of a live object. */
  read(bucket: string, name: string): Promise<Buffer>;
  /** Makes calls go wrong from now on, replacing earlier faults. An empty list ends them. */
  setFaults(faults: readonly StorageFault[]): void;
  /** How often faults befell calls since the start, by `METHOD KIND`, e.g. `storage.objects.insert cut-after`. */
  faultCounts(): Readonly<Record<string, number>>;
  /** Notifications that `publish` rejected. */
  readonly undelivered: readonly unknown[];
}

/** Starts the emulator. Rejects when the port is taken or the folder is used by another process. */
export async function startStorage(options: StorageOptions = {}): Promise<StorageEmulator> {
  refuseOnCloudRun();
  const { port = 0, now = Date.now, maxObjectBytes = MAX_OBJECT_BYTES, publish } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const running = new Set<Promise<unknown>>();
  const undelivered: unknown[] = [];
  const store = await openStore(options.dataDir, now, limits, (event, bucket) => {
    if (!publish || !bucket) return;
    for (const { topic, message } of notificationsOf(event, bucket, baseUrl())) {
      track(publish(topic, message).catch((error) => undelivered.push(error)));
    }
  });
  const sessions = await openUploadSessions({
    folder: store.uploads,
    limits,
    maxBytes: maxObjectBytes,
    now,
    objects: allObjects(store.state),
  });
  const routes = createRoutes(store, sessions, maxObjectBytes);
  const faults = storageFaults(options.random ?? Math.random, routes.names);
  const server = createServer((request, response) => track(serve(request, response)));
  const boundPort = await listenOnLoopback(server, port, 'STORAGE_PORT').catch(async (error) => {
    await store.close();
    throw error;
  });
  let stopping: Promise<void> | undefined;

  return {
    port: boundPort,
    host: `${LOOPBACK}:${boundPort}`,
    env: { STORAGE_EMULATOR_HOST: baseUrl() },
    undelivered,
    objects(bucketName) {
      const bucket = store.bucket(bucketName);
      return namesInOrder(bucket).flatMap((name) => {
        const live = findObject(bucket, name);
        return live ? [objectResource(live, baseUrl())] : [];
      });
    },
    async read(bucketName, name) {
      const object = findObject(store.bucket(bucketName), name);
      if (!object) throw new Error(`no object ${bucketName}/${name}`);
      return store.readContent(object);
    },
    setFaults: faults.set,
    faultCounts: faults.counts,
    settled,
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };

  function baseUrl(): string {
    return `http://${LOOPBACK}:${boundPort}`;
  }

  function track(work: Promise<unknown>): void {
    const tracked = work.finally(() => running.delete(tracked));
    running.add(tracked);
  }

  async function settled(): Promise<void> {
    while (0 < running.size) await Promise.allSettled(running);
  }

  async function stop(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    await settled();
    await store.close();
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let isDownload = false;
    try {
      if (isForeign(request.headers)) {
        throw new StorageError(403, 'forbidden', 'The emulator answers only this machine');
      }
      const url = new URL(request.url ?? '/', baseUrl());
      const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
      const matched = routes.find(method, url.pathname);
      if (!matched) throw unknownPath(method, url.pathname);
      const { route, path } = matched;
      const { handle } = route;
      if (!handle) throw notImplemented(route.name);
      isDownload = url.pathname.startsWith('/download/') || url.searchParams.get('alt') === 'media';
      const call = {
        path,
        query: url.searchParams,
        headers: request.headers,
        baseUrl: baseUrl(),
        stream: request,
      };
      const befall = (fault: StorageFault) => Promise.reject(askedFor(fault));
      send(response, await faults.around(route.name, () => handle(call), befall));
    } catch (error) {
      if (error instanceof ConnectionCut) request.destroy();
      if (response.destroyed || response.headersSent) return;
      sendError(response, asStorageError(error), isDownload);
    }
  }
}

function unknownPath(method: string, path: string): StorageError {
  return /^\/(storage\/v1|b|upload|download|projects)(\/|$)/.test(path)
    ? new StorageError(404, 'notFound', `Not Found: ${method} ${path}`)
    : notImplemented(`the XML API (${method} ${path})`);
}

function asStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  if (error instanceof URIError || (error as { code?: string }).code === 'ERR_INVALID_URL') {
    return new StorageError(400, 'invalid', 'The path is not a valid URL');
  }
  return new StorageError(500, 'backendError', error instanceof Error ? error.message : 'unknown');
}
