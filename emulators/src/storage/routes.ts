import * as buckets from './buckets-api.ts';
import type { Call, Reply } from './http.ts';
import * as iam from './iam-api.ts';
import * as objects from './objects-api.ts';
import type { Store } from './store.ts';
import type { UploadSessions } from './upload-sessions.ts';
import * as uploads from './uploads-api.ts';

export interface Route {
  readonly method: string;
  /** After the prefix, e.g. `/b/:bucket/o/:object`. */
  readonly pattern: string;
  /** Google's name of the method. */
  readonly name: string;
  /** Undefined: answered with 501. */
  readonly handle: ((call: Call) => Promise<Reply>) | undefined;
}

export interface Matched {
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
}

/** All methods of the JSON API, those that the emulator lacks too: they are refused by name. */
export function createRoutes(
  store: Store,
  sessions: UploadSessions,
  maxObjectBytes: number,
): {
  find(method: string, path: string): Matched | undefined;
  /** Google's names of the methods that are served. */
  readonly names: readonly string[];
} {
  const on =
    (handle: (store: Store, call: Call) => Promise<Reply>) =>
    (call: Call): Promise<Reply> =>
      handle(store, call);
  const OBJECT = '/b/:bucket/o/:object';
  const TO = '/b/:destinationBucket/o/:destinationObject';
  const api: readonly Route[] = [
    route('POST', '/b', 'storage.buckets.insert', on(buckets.insertBucket)),
    route('GET', '/b', 'storage.buckets.list', on(buckets.listBuckets)),
    route('GET', '/b/:bucket', 'storage.buckets.get', on(buckets.getBucket)),
    route('PATCH', '/b/:bucket', 'storage.buckets.patch', on(buckets.patchBucket)),
    route('DELETE', '/b/:bucket', 'storage.buckets.delete', on(buckets.deleteBucket)),
    route(
      'GET',
      '/b/:bucket/storageLayout',
      'storage.buckets.getStorageLayout',
      on(buckets.getStorageLayout),
    ),
    route(
      'GET',
      '/b/:bucket/managedFolders',
      'storage.managedFolders.list',
      on(buckets.listManagedFolders),
    ),
    route('GET', '/b/:bucket/iam', 'storage.buckets.getIamPolicy', on(iam.getPolicy)),
    route('PUT', '/b/:bucket/iam', 'storage.buckets.setIamPolicy', on(iam.setPolicy)),
    route(
      'GET',
      '/b/:bucket/iam/testPermissions',
      'storage.buckets.testIamPermissions',
      on(iam.testPermissions),
    ),
    route(
      'GET',
      '/projects/:project/serviceAccount',
      'storage.projects.serviceAccount.get',
      on(iam.getServiceAccount),
    ),
    ...notificationRoutes(),
    route('GET', '/b/:bucket/o', 'storage.objects.list', on(objects.list)),
    route('GET', OBJECT, 'storage.objects.get', on(objects.get)),
    route('PATCH', OBJECT, 'storage.objects.patch', on(objects.patch)),
    route('PUT', OBJECT, 'storage.objects.update', on(objects.update)),
    route('DELETE', OBJECT, 'storage.objects.delete', on(objects.remove)),
    route('POST', `${OBJECT}/copyTo${TO}`, 'storage.objects.copy', on(objects.copy)),
    route('POST', `${OBJECT}/rewriteTo${TO}`, 'storage.objects.rewrite', on(objects.rewrite)),
    route(
      'POST',
      `${OBJECT}/moveTo/o/:destinationObject`,
      'storage.objects.move',
      on(objects.move),
    ),
    route('POST', `${OBJECT}/compose`, 'storage.objects.compose', on(objects.compose)),
    ...MISSING.map(([method, pattern, name]) => route(method, pattern, name, undefined)),
  ].map((one) => ({ ...one, pattern: `/storage/v1${one.pattern}` }));
  const upload = '/upload/storage/v1/b/:bucket/o';
  const insert = (call: Call) => uploads.insert(store, sessions, maxObjectBytes, call);
  const all: readonly Route[] = [
    ...api,
    route('GET', `/download/storage/v1${OBJECT}`, 'storage.objects.get', (call) => {
      call.query.set('alt', 'media');
      return objects.get(store, call);
    }),
    route('POST', upload, 'storage.objects.insert', insert),
    route('PUT', upload, 'storage.objects.insert', (call) =>
      call.query.has('upload_id') ? uploads.resume(store, sessions, call) : insert(call),
    ),
    route('DELETE', upload, 'storage.objects.insert', (call) => uploads.cancel(sessions, call)),
    route('POST', '/batch', 'batch', undefined),
    route('POST', '/batch/storage/v1', 'batch', undefined),
  ];
  return {
    names: all.flatMap(({ name, handle }) => (handle ? [name] : [])),
    find(method, path) {
      // With STORAGE_EMULATOR_HOST, Google's Node client leaves the prefix out, except for uploads; and
      // gcloud has a prefix of its own for resumable uploads.
      const full = /^\/(b|projects)(\/|$)/.test(path)
        ? `/storage/v1${path}`
        : path.replace(/^\/resumable(?=\/upload\/)/, '');
      for (const candidate of all) {
        if (candidate.method !== method) continue;
        const found = matchPath(candidate.pattern, full);
        if (found) return { route: candidate, path: found };
      }
      return undefined;
    },
  };

  function notificationRoutes(): Route[] {
    const path = '/b/:bucket/notificationConfigs';
    const name = 'storage.notifications';
    return [
      route('POST', path, `${name}.insert`, on(buckets.insertNotification)),
      route('GET', path, `${name}.list`, on(buckets.listNotifications)),
      route('GET', `${path}/:notification`, `${name}.get`, on(buckets.getNotification)),
      route('DELETE', `${path}/:notification`, `${name}.delete`, on(buckets.deleteNotification)),
    ];
  }
}

/** Source: https://cloud.google.com/storage/docs/json_api/v1, the methods left out above. */
const MISSING: readonly (readonly [method: string, pattern: string, name: string])[] = [
  ['PUT', '/b/:bucket', 'storage.buckets.update'],
  ['POST', '/b/:bucket/lockRetentionPolicy', 'storage.buckets.lockRetentionPolicy'],
  ['POST', '/b/:bucket/restore', 'storage.buckets.restore'],
  ['POST', '/b/:bucket/relocate', 'storage.buckets.relocate'],
  ...accessControls('/b/:bucket/acl', 'storage.bucketAccessControls'),
  ...accessControls('/b/:bucket/defaultObjectAcl', 'storage.defaultObjectAccessControls'),
  ...accessControls('/b/:bucket/o/:object/acl', 'storage.objectAccessControls'),
  ['POST', '/b/:bucket/o/watch', 'storage.objects.watchAll'],
  ['POST', '/b/:bucket/o/:object/restore', 'storage.objects.restore'],
  ['POST', '/b/:bucket/o/bulkRestore', 'storage.objects.bulkRestore'],
  ['GET', '/b/:bucket/o/:object/iam', 'storage.objects.getIamPolicy'],
  ['PUT', '/b/:bucket/o/:object/iam', 'storage.objects.setIamPolicy'],
  ['POST', '/b/:bucket/folders', 'storage.folders.insert'],
  ['GET', '/b/:bucket/folders', 'storage.folders.list'],
  ['GET', '/b/:bucket/folders/:folder', 'storage.folders.get'],
  ['DELETE', '/b/:bucket/folders/:folder', 'storage.folders.delete'],
  ['POST', '/b/:bucket/managedFolders', 'storage.managedFolders.insert'],
  ['GET', '/b/:bucket/managedFolders/:folder', 'storage.managedFolders.get'],
  ['DELETE', '/b/:bucket/managedFolders/:folder', 'storage.managedFolders.delete'],
  ['POST', '/b/:bucket/anywhereCaches', 'storage.anywhereCaches.insert'],
  ['GET', '/b/:bucket/anywhereCaches', 'storage.anywhereCaches.list'],
  ['GET', '/b/:bucket/operations', 'storage.operations.list'],
  ['POST', '/projects/:project/hmacKeys', 'storage.projects.hmacKeys.create'],
  ['GET', '/projects/:project/hmacKeys', 'storage.projects.hmacKeys.list'],
];

function accessControls(path: string, name: string) {
  return [
    ['GET', path, `${name}.list`],
    ['POST', path, `${name}.insert`],
    ['GET', `${path}/:entity`, `${name}.get`],
    ['PUT', `${path}/:entity`, `${name}.update`],
    ['PATCH', `${path}/:entity`, `${name}.patch`],
    ['DELETE', `${path}/:entity`, `${name}.delete`],
  ] as const;
}

function route(method: string, pattern: string, name: string, handle: Route['handle']): Route {
  return { method, pattern, name, handle };
}

/** Parts of the path are decoded after it is split: a name may hold `%2F`. */
function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const found: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = given[index] as string;
    if (!part.startsWith(':')) {
      if (part !== text) return undefined;
    } else if (text === '') {
      return undefined;
    } else {
      found[part.slice(1)] = decodeURIComponent(text);
    }
  }
  return found;
}
