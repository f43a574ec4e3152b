import { invalid } from './errors.ts';
import { isTrue } from './http.ts';
import {
  type BucketState,
  compareUtf8,
  namesInOrder,
  type ObjectRecord,
  versionsOf,
} from './state.ts';

const MAX_PAGE = 1000;

export interface ListQuery {
  readonly prefix: string;
  /** Empty: no folders. */
  readonly delimiter: string;
  readonly includeTrailingDelimiter: boolean;
  /** Inclusive. */
  readonly startOffset: string;
  /** Exclusive; empty: no end. */
  readonly endOffset: string;
  readonly versions: boolean;
  /** Items and prefixes together, 1 to 1000. */
  readonly pageSize: number;
  readonly pageToken: string | undefined;
}

export interface ListPage {
  readonly items: readonly ObjectRecord[];
  readonly prefixes: readonly string[];
  readonly nextPageToken: string | undefined;
}

/** Source: https://cloud.google.com/storage/docs/json_api/v1/objects/list */
export function parseListQuery(query: URLSearchParams): ListQuery {
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    includeTrailingDelimiter: isTrue(query, 'includeTrailingDelimiter'),
    startOffset: query.get('startOffset') ?? '',
    endOffset: query.get('endOffset') ?? '',
    versions: isTrue(query, 'versions'),
    pageSize: parsePageSize(query),
    pageToken: query.get('pageToken') || undefined,
  };
}

export function parsePageSize(query: URLSearchParams): number {
  const text = query.get('maxResults') ?? String(MAX_PAGE);
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1) {
    throw invalid(`Invalid value for maxResults: ${text.slice(0, 20)}`);
  }
  return Math.min(Number(text), MAX_PAGE);
}

/** One page of a bucket: objects in the order of their names (and generations), and folders. */
export function listObjects(bucket: BucketState, query: ListQuery): ListPage {
  const after = query.pageToken === undefined ? undefined : decodeToken(query.pageToken);
  const items: ObjectRecord[] = [];
  const prefixes: string[] = [];
  const names = namesInOrder(bucket);
  let last: Position | undefined;
  const from = [query.prefix, query.startOffset, after?.name ?? ''].sort(compareUtf8).at(-1) ?? '';
  for (let index = firstAtLeast(names, from); index < names.length; index += 1) {
    const name = names[index] as string;
    if (!name.startsWith(query.prefix)) break;
    if (query.endOffset !== '' && 0 <= compareUtf8(name, query.endOffset)) break;
    const shown = versionsOf(bucket, name).filter(
      ({ deletedMs, generation }) =>
        (query.versions || deletedMs === undefined) &&
        (after?.name !== name || after.generation < generation),
    );
    if (shown.length === 0) continue;
    const folder = folderOf(name, query);
    if (folder !== undefined && folder !== after?.folder && folder !== prefixes.at(-1)) {
      if (isFull()) return page();
      prefixes.push(folder);
      last = { name, generation: 0, folder };
    }
    if (folder !== undefined && !(query.includeTrailingDelimiter && name === folder)) {
      last = { name, generation: Number.POSITIVE_INFINITY, folder };
      continue;
    }
    for (const object of shown) {
      if (isFull()) return page();
      items.push(object);
      last = { name, generation: object.generation, folder };
    }
  }
  return { items, prefixes, nextPageToken: undefined };

  function isFull(): boolean {
    return query.pageSize <= items.length + prefixes.length;
  }
  function page(): ListPage {
    return { items, prefixes, nextPageToken: last && encodeToken(last) };
  }
}

/** The last thing that a page told: a version of an object, or a folder. */
interface Position {
  readonly name: string;
  readonly generation: number;
  readonly folder: string | undefined;
}

/** The part of the name up to the first delimiter after the prefix, if there is one. */
function folderOf(name: string, { prefix, delimiter }: ListQuery): string | undefined {
  if (delimiter === '') return undefined;
  const at = name.indexOf(delimiter, prefix.length);
  return at === -1 ? undefined : name.slice(0, at + delimiter.length);
}

function firstAtLeast(names: readonly string[], from: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareUtf8(names[middle] as string, from) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function encodeToken({ name, generation, folder }: Position): string {
  const last = Number.isFinite(generation) ? generation : null;
  return Buffer.from(JSON.stringify([name, last, folder ?? null])).toString('base64url');
}

function decodeToken(token: string): Position {
  try {
    const [name, generation, folder] = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (typeof name === 'string') {
      return {
        name,
        generation: typeof generation === 'number' ? generation : Infinity,
        folder: typeof folder === 'string' ? folder : undefined,
      };
    }
  } catch {
    // Falls through: whatever is wrong with it, it is not one of ours.
  }
  throw invalid('Invalid value for pageToken');
}
