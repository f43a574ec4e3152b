import { BigQueryError } from './errors.ts';

/** Objects of the Cloud Storage emulator, for load and extract jobs. */
export interface ObjectStore {
  /** Every object that a `gs://bucket/name` names; `*` in the name stands for anything. */
  read(uri: string): Promise<Buffer[]>;
  write(uri: string, content: Buffer, contentType: string): Promise<void>;
}

/** `host` is `127.0.0.1:PORT`, or undefined where there is no Cloud Storage. */
export function openObjectStore(host: string | undefined): ObjectStore {
  const root = host === undefined ? null : `http://${host.replace(/^https?:\/\//, '')}`;

  async function call(path: string, init?: RequestInit): Promise<Response> {
    if (root === null) {
      throw new BigQueryError(
        'notImplemented',
        'gs:// URIs need the Cloud Storage emulator: start BigQuery with storageHost',
      );
    }
    const response = await fetch(`${root}${path}`, init);
    if (response.status === 404)
      throw new BigQueryError(
        'notFound',
        `Not found: URI gs://${path.replace(/^.*\/b\//, '').replace('/o/', '/')}`,
      );
    if (!response.ok)
      throw new BigQueryError(
        'backendError',
        `Cloud Storage answered ${response.status} to ${path}`,
      );
    return response;
  }

  return {
    read: async (uri) => {
      const { bucket, name } = parseUri(uri);
      const names = name.includes('*') ? await matching(bucket, name) : [name];
      if (names.length === 0) throw new BigQueryError('notFound', `Not found: URI ${uri}`);
      const contents: Buffer[] = [];
      for (const each of names) {
        const response = await call(
          `/storage/v1/b/${bucket}/o/${encodeURIComponent(each)}?alt=media`,
        );
        contents.push(Buffer.from(await response.arrayBuffer()));
      }
      return contents;
    },
    write: async (uri, content, contentType) => {
      const { bucket, name } = parseUri(uri);
      await call(
        `/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${encodeURIComponent(name)}`,
        {
          method: 'POST',
          headers: { 'content-type': contentType },
          body: new Uint8Array(content),
        },
      );
    },
  };

  async function matching(bucket: string, pattern: string): Promise<string[]> {
    const [before = '', after = ''] = pattern.split('*');
    const response = await call(`/storage/v1/b/${bucket}/o?prefix=${encodeURIComponent(before)}`);
    const list = (await response.json()) as { items?: { name: string }[] };
    return (list.items ?? []).map((item) => item.name).filter((name) => name.endsWith(after));
  }
}

function parseUri(uri: string): { bucket: string; name: string } {
  const match = /^gs:\/\/([^/]+)\/(.+)$/.exec(uri);
  if (match === null) throw new BigQueryError('invalid', `Invalid URI: ${uri}`);
  return { bucket: match[1] ?? '', name: match[2] ?? '' };
}
