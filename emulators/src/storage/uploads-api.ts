import { invalid, required } from './errors.ts';
import { type Call, parseJsonObject, type Reply, readBody, readJson } from './http.ts';
import { parseMultipart } from './multipart.ts';
import { type Hashes, insertObject, type NewObject } from './objects.ts';
import { checkPreconditions, parsePreconditions } from './preconditions.ts';
import { objectResource, patchObjectFields } from './resources.ts';
import { findObject, type ObjectRecord } from './state.ts';
import type { Store } from './store.ts';
import type { UploadSession, UploadSessions } from './upload-sessions.ts';
import { parseContentRange, parseGoogHash, receiveChunk } from './uploads.ts';

/** Source: https://cloud.google.com/storage/docs/json_api/v1/how-tos/upload */
export async function insert(
  store: Store,
  sessions: UploadSessions,
  maxObjectBytes: number,
  call: Call,
): Promise<Reply> {
  store.bucket(call.path.bucket as string);
  switch (call.query.get('uploadType')) {
    case 'media':
      return insertMedia(store, maxObjectBytes, call);
    case 'multipart':
      return insertMultipart(store, maxObjectBytes, call);
    case 'resumable':
      return openSession(store, sessions, call);
    case null:
      throw required('uploadType');
    default:
      throw invalid(`Invalid uploadType ${call.query.get('uploadType')}`);
  }
}

/** One PUT of a resumable upload: a chunk, the last chunk, or a question how far it got. */
export async function resume(store: Store, sessions: UploadSessions, call: Call): Promise<Reply> {
  const session = sessions.find(uploadId(call));
  const turn = session.tail.then(() => takeTurn(store, sessions, session, call));
  session.tail = turn.catch(() => {});
  return turn;
}

/** Answers 499, as Google does: https://cloud.google.com/storage/docs/performing-resumable-uploads#cancel-upload */
export async function cancel(sessions: UploadSessions, call: Call): Promise<Reply> {
  await sessions.drop(sessions.find(uploadId(call)));
  return { status: 499 };
}

async function insertMedia(store: Store, maxObjectBytes: number, call: Call): Promise<Reply> {
  const bytes = await readBody(call.stream, maxObjectBytes);
  const fields = { contentType: call.headers['content-type'] ?? null };
  const md5 = call.headers['content-md5'];
  return answer(store, call, {
    ...targetOf(call, fields),
    bytes,
    expected: { ...parseGoogHash(call.headers['x-goog-hash']), ...(md5 ? { md5: `${md5}` } : {}) },
  });
}

async function insertMultipart(store: Store, maxObjectBytes: number, call: Call): Promise<Reply> {
  const body = await readBody(call.stream, maxObjectBytes);
  const [metadata, media, ...more] = parseMultipart(call.headers['content-type'], body);
  if (!metadata || !media || 0 < more.length) {
    throw invalid('A multipart upload has two parts: the metadata and the media');
  }
  const resource = parseJsonObject(metadata.body);
  const target = targetOf(call, {
    contentType: media.headers['content-type'] ?? null,
    ...resource,
  });
  const expected = {
    ...target.expected,
    ...parseGoogHash(call.headers['x-goog-hash']),
  };
  return answer(store, call, { ...target, bytes: media.body, expected });
}

async function openSession(store: Store, sessions: UploadSessions, call: Call): Promise<Reply> {
  const contentType = call.headers['x-upload-content-type'] ?? null;
  const target = targetOf(call, { contentType, ...(await readJson(call)) });
  const live = findObject(store.bucket(target.bucket), target.name);
  checkPreconditions(target.conditions, live, 'write');
  const { id } = await sessions.open(target);
  const query = new URLSearchParams({ uploadType: 'resumable', name: target.name, upload_id: id });
  return {
    headers: {
      location: `${call.baseUrl}/upload/storage/v1/b/${target.bucket}/o?${query}`,
      'x-guploader-uploadid': id,
    },
  };
}

async function takeTurn(
  store: Store,
  sessions: UploadSessions,
  session: UploadSession,
  call: Call,
): Promise<Reply> {
  if (session.object) return { json: objectResource(session.object, call.baseUrl) };
  const range = parseContentRange(call.headers['content-range']);
  const isComplete =
    range.kind === 'query'
      ? range.totalBytes === session.receivedBytes
      : await receiveChunk(session, range, call.stream, (sizeBytes) =>
          sessions.checkRoom(session, sizeBytes),
        );
  if (!isComplete) {
    await sessions.keep(session);
    const isEmpty = session.receivedBytes === 0;
    return {
      status: 308,
      headers: isEmpty ? {} : { range: `bytes=0-${session.receivedBytes - 1}` },
    };
  }
  const bytes = Buffer.concat(session.chunks);
  let object: ObjectRecord;
  try {
    object = await insertObject(store, {
      ...session.target,
      bytes,
      expected: { ...session.target.expected, ...parseGoogHash(call.headers['x-goog-hash']) },
      uploadId: session.id,
    });
  } catch (error) {
    await sessions.drop(session);
    throw error;
  }
  await sessions.finish(session, object);
  return { json: objectResource(object, call.baseUrl) };
}

/** The name is in the query or in the metadata; the metadata may say what the bytes hash to. */
function targetOf(
  call: Call,
  resource: Readonly<Record<string, unknown>>,
): Omit<NewObject, 'bytes'> & { readonly expected: Hashes } {
  const name = call.query.get('name') ?? resource.name;
  if (typeof name !== 'string') throw required('name');
  const contentEncoding = call.query.get('contentEncoding');
  return {
    bucket: call.path.bucket as string,
    name,
    fields: patchObjectFields(contentEncoding ? { contentEncoding } : {}, resource),
    conditions: parsePreconditions(call.query),
    expected: {
      ...(typeof resource.crc32c === 'string' && { crc32c: resource.crc32c }),
      ...(typeof resource.md5Hash === 'string' && { md5: resource.md5Hash }),
    },
  };
}

async function answer(store: Store, call: Call, object: NewObject): Promise<Reply> {
  return { json: objectResource(await insertObject(store, object), call.baseUrl) };
}

function uploadId(call: Call): string {
  const id = call.query.get('upload_id');
  if (!id) throw required('upload_id');
  return id;
}
