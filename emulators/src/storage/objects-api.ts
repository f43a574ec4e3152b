import { gunzipSync } from 'node:zlib';
import { invalid, notImplemented, StorageError } from './errors.ts';
import { type Call, isTrue, type Reply, readJson } from './http.ts';
import { listObjects, parseListQuery } from './listing.ts';
import {
  composeObject,
  deleteObject,
  getObject,
  insertObject,
  moveObject,
  updateObject,
} from './objects.ts';
import { checkPreconditions, parseGeneration, parsePreconditions } from './preconditions.ts';
import { etag, objectResource, patchObjectFields } from './resources.ts';
import type { ObjectFields, ObjectRecord } from './state.ts';
import type { Store } from './store.ts';

/** A compressed object is unpacked for readers who take no gzip, up to this size. */
const MAX_UNPACKED_BYTES = 1 << 30;

export async function list(store: Store, call: Call): Promise<Reply> {
  for (const name of ['matchGlob', 'filter']) {
    if (call.query.get(name)) throw notImplemented(`storage.objects.list with ${name}`);
  }
  if (isTrue(call.query, 'softDeleted')) {
    throw notImplemented('storage.objects.list with softDeleted');
  }
  const bucket = store.bucket(call.path.bucket as string);
  const { items, prefixes, nextPageToken } = listObjects(bucket, parseListQuery(call.query));
  return {
    json: {
      kind: 'storage#objects',
      ...(0 < items.length && { items: items.map((item) => objectResource(item, call.baseUrl)) }),
      ...(0 < prefixes.length && { prefixes }),
      ...(nextPageToken !== undefined && { nextPageToken }),
    },
  };
}

export async function get(store: Store, call: Call): Promise<Reply> {
  const object = getObject(
    store,
    call.path.bucket as string,
    call.path.object as string,
    parseGeneration(call.query, 'generation'),
    parsePreconditions(call.query),
  );
  return call.query.get('alt') === 'media'
    ? download(object, await store.readContent(object), call)
    : { json: objectResource(object, call.baseUrl), headers: { etag: etag(object) } };
}

export async function patch(store: Store, call: Call): Promise<Reply> {
  const change = await readJson(call);
  return changeFields(store, call, (fields) => patchObjectFields(fields, change));
}

/** As patch, but what the body leaves out is removed. */
export async function update(store: Store, call: Call): Promise<Reply> {
  const change = await readJson(call);
  return changeFields(store, call, () => patchObjectFields({}, change));
}

export async function remove(store: Store, call: Call): Promise<Reply> {
  await deleteObject(
    store,
    call.path.bucket as string,
    call.path.object as string,
    parseGeneration(call.query, 'generation'),
    parsePreconditions(call.query),
  );
  return { status: 204 };
}

/** `copyTo`: answers with the object. */
export async function copy(store: Store, call: Call): Promise<Reply> {
  return { json: objectResource(await copyObject(store, call), call.baseUrl) };
}

/** `rewriteTo`: always done in one call, so there is never a rewrite token. */
export async function rewrite(store: Store, call: Call): Promise<Reply> {
  const object = await copyObject(store, call);
  return {
    json: {
      kind: 'storage#rewriteResponse',
      totalBytesRewritten: String(object.sizeBytes),
      objectSize: String(object.sizeBytes),
      done: true,
      resource: objectResource(object, call.baseUrl),
    },
  };
}

export async function move(store: Store, call: Call): Promise<Reply> {
  const source = sourceOf(store, call);
  const moved = await moveObject(store, source, {
    bucket: source.bucket,
    name: call.path.destinationObject as string,
    fields: source.fields,
    conditions: parsePreconditions(call.query),
  });
  return { json: objectResource(moved, call.baseUrl) };
}

export async function compose(store: Store, call: Call): Promise<Reply> {
  const body = await readJson(call);
  if (body.deleteSourceObjects === true) {
    throw notImplemented('storage.objects.compose with deleteSourceObjects');
  }
  const sources = body.sourceObjects;
  if (!Array.isArray(sources)) throw invalid('sourceObjects is not a list');
  const object = await composeObject(
    store,
    sources.map((source) => {
      const wanted = source?.objectPreconditions?.ifGenerationMatch;
      return {
        name: String(source?.name),
        generation: source?.generation === undefined ? undefined : Number(source.generation),
        conditions: wanted === undefined ? {} : { generationMatch: Number(wanted) },
      };
    }),
    {
      bucket: call.path.bucket as string,
      name: call.path.object as string,
      fields: patchObjectFields({}, (body.destination ?? {}) as Record<string, unknown>),
      conditions: parsePreconditions(call.query),
    },
  );
  return { json: objectResource(object, call.baseUrl) };
}

async function changeFields(
  store: Store,
  call: Call,
  change: (fields: ObjectFields) => ObjectFields,
): Promise<Reply> {
  const object = await updateObject(
    store,
    call.path.bucket as string,
    call.path.object as string,
    parseGeneration(call.query, 'generation'),
    parsePreconditions(call.query),
    change,
  );
  return { json: objectResource(object, call.baseUrl) };
}

function sourceOf(store: Store, call: Call): ObjectRecord {
  const generation = parseGeneration(call.query, 'sourceGeneration');
  const source = getObject(
    store,
    call.path.bucket as string,
    call.path.object as string,
    generation,
    {},
  );
  checkPreconditions(parsePreconditions(call.query, 'ifSource'), source, 'write');
  return source;
}

async function copyObject(store: Store, call: Call): Promise<ObjectRecord> {
  const body = await readJson(call);
  const source = sourceOf(store, call);
  const { componentCount } = source;
  return insertObject(store, {
    bucket: call.path.destinationBucket as string,
    name: call.path.destinationObject as string,
    bytes: await store.readContent(source),
    // A body replaces the metadata, an empty one copies it: Google's "metadata override".
    fields: 0 < Object.keys(body).length ? patchObjectFields({}, body) : source.fields,
    conditions: parsePreconditions(call.query),
    ...(componentCount === undefined ? {} : { componentCount }),
  });
}

function download(object: ObjectRecord, stored: Buffer, call: Call): Reply {
  const { contentEncoding, contentType, cacheControl, contentDisposition, contentLanguage } =
    object.fields;
  const isPacked = contentEncoding === 'gzip';
  const unpack =
    isPacked &&
    !/\bgzip\b/.test(String(call.headers['accept-encoding'] ?? '')) &&
    !/\bno-transform\b/.test(cacheControl ?? '');
  const hashes = [`crc32c=${object.crc32c}`, ...(object.md5 ? [`md5=${object.md5}`] : [])];
  const headers = {
    'content-type': contentType ?? 'application/octet-stream',
    'x-goog-hash': hashes.join(','),
    'x-goog-generation': String(object.generation),
    'x-goog-metageneration': String(object.metageneration),
    'x-goog-storage-class': object.fields.storageClass ?? 'STANDARD',
    'x-goog-stored-content-encoding': contentEncoding ?? 'identity',
    'x-goog-stored-content-length': String(object.sizeBytes),
    'last-modified': new Date(object.updatedMs).toUTCString(),
    etag: etag(object),
    'accept-ranges': 'bytes',
    ...(cacheControl !== undefined && { 'cache-control': cacheControl }),
    ...(contentDisposition !== undefined && { 'content-disposition': contentDisposition }),
    ...(contentLanguage !== undefined && { 'content-language': contentLanguage }),
    ...(contentEncoding !== undefined && !unpack && { 'content-encoding': contentEncoding }),
  };
  // Google ignores ranges of what it unpacks on the way.
  if (unpack) {
    return { headers, bytes: gunzipSync(stored, { maxOutputLength: MAX_UNPACKED_BYTES }) };
  }
  const range = parseRange(call.headers.range, stored.length);
  if (!range) return { headers, bytes: stored };
  return {
    status: 206,
    headers: {
      ...headers,
      'content-range': `bytes ${range.start}-${range.end - 1}/${stored.length}`,
    },
    bytes: stored.subarray(range.start, range.end),
  };
}

/**
 * The half-open range of bytes asked for, or undefined for all: also when the header is malformed or
 * has many ranges, which a server may ignore (RFC 9110, section 14.2). Throws 416 when nothing is left.
 */
function parseRange(header: string | undefined, sizeBytes: number) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const [first, last] = [match[1] as string, match[2] as string];
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? sizeBytes : Math.min(sizeBytes, Number(last) + 1);
  if (end <= start) {
    throw new StorageError(
      416,
      'requestedRangeNotSatisfiable',
      `The requested range ${header} cannot be satisfied: the object has ${sizeBytes} bytes`,
    );
  }
  return { start, end };
}
