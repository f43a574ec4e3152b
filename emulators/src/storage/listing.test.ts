import { expect, test } from 'vitest';
import { type ListQuery, listObjects } from './listing.ts';
import { applyChange, emptyState, type ObjectRecord } from './state.ts';

const ALL: ListQuery = {
  prefix: '',
  delimiter: '',
  includeTrailingDelimiter: false,
  startOffset: '',
  endOffset: '',
  versions: false,
  pageSize: 1000,
  pageToken: undefined,
};

function object(name: string, generation: number, deletedMs?: number): ObjectRecord {
  return {
    bucket: 'b',
    name,
    generation,
    metageneration: 1,
    contentId: '',
    sizeBytes: 0,
    crc32c: '',
    createdMs: 0,
    updatedMs: 0,
    fields: {},
    ...(deletedMs !== undefined && { deletedMs }),
  };
}

function bucketOf(objects: readonly ObjectRecord[]) {
  const state = emptyState();
  const bucket = {
    name: 'b',
    project: 'p',
    generation: 1,
    metageneration: 1,
    createdMs: 0,
    updatedMs: 0,
    fields: {},
    notifications: [],
  };
  applyChange(state, { kind: 'bucket', bucket });
  for (const one of objects) applyChange(state, { kind: 'object', object: one });
  return state.buckets.get('b') as NonNullable<ReturnType<typeof state.buckets.get>>;
}

/** What the pages tell together. Fails on an endless chain of pages, or on a page that is too long. */
function listAll(bucket: ReturnType<typeof bucketOf>, query: ListQuery) {
  const items: string[] = [];
  const prefixes: string[] = [];
  let pageToken: string | undefined;
  for (let page = 0; page === 0 || pageToken !== undefined; page += 1) {
    expect(page).toBeLessThan(500);
    const told = listObjects(bucket, { ...query, pageToken });
    expect(told.items.length + told.prefixes.length).toBeLessThanOrEqual(query.pageSize);
    items.push(...told.items.map(({ name, generation }) => `${name}#${generation}`));
    prefixes.push(...told.prefixes);
    pageToken = told.nextPageToken;
  }
  return { items, prefixes };
}

/** The documentation's rules, one after another, over everything. */
function expected(objects: readonly ObjectRecord[], query: ListQuery) {
  const found = objects
    .filter(({ deletedMs }) => query.versions || deletedMs === undefined)
    .filter(({ name }) => name.startsWith(query.prefix) && query.startOffset <= name)
    .filter(({ name }) => query.endOffset === '' || name < query.endOffset)
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.generation - b.generation));
  const folder = (name: string) => {
    const at = query.delimiter === '' ? -1 : name.indexOf(query.delimiter, query.prefix.length);
    return at === -1 ? undefined : name.slice(0, at + query.delimiter.length);
  };
  return {
    items: found
      .filter(({ name }) =>
        query.includeTrailingDelimiter
          ? folder(name) === undefined || folder(name) === name
          : folder(name) === undefined,
      )
      .map(({ name, generation }) => `${name}#${generation}`),
    prefixes: [...new Set(found.flatMap(({ name }) => folder(name) ?? []))],
  };
}

test('pages of any size tell all that the rules say, once and in order', () => {
  // A small linear congruential generator, so that a failure comes again.
  let seed = 7;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const text = (longest: number) =>
    Array.from({ length: random(longest + 1) }, () => 'ab/'[random(3)]).join('');
  for (let round = 0; round < 2000; round += 1) {
    const objects = Array.from({ length: random(14) }, (_, index) => ({
      name: `${text(4)}x`.slice(0, 1 + random(5)),
      generation: index + 1,
    }));
    // Of one name only the newest can be live.
    const records = objects.map(({ name, generation }) =>
      object(
        name,
        generation,
        objects.some((other) => other.name === name && generation < other.generation) ||
          random(4) === 0
          ? 1
          : undefined,
      ),
    );
    const query: ListQuery = {
      ...ALL,
      prefix: text(1),
      delimiter: ['', '/', 'b'][random(3)] as string,
      includeTrailingDelimiter: random(2) === 0,
      startOffset: text(2),
      endOffset: random(3) === 0 ? text(2) : '',
      versions: random(2) === 0,
      pageSize: 1 + random(4),
    };
    expect(listAll(bucketOf(records), query), JSON.stringify({ records, query })).toEqual(
      expected(records, query),
    );
  }
});

test.each(['x', 'bm9wZQ', ''])(
  'a page token that is not ours, %j, is refused or means the start',
  (pageToken) => {
    const bucket = bucketOf([object('a', 1)]);
    if (pageToken === '') expect(listObjects(bucket, ALL).items).toHaveLength(1);
    else expect(() => listObjects(bucket, { ...ALL, pageToken })).toThrow('pageToken');
  },
);
