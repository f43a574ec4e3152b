import { BigQueryError } from './errors.ts';

/** One page of a list, by `maxResults` and `pageToken` (the index of its first item). */
export function page<Item>(
  all: readonly Item[],
  query: URLSearchParams,
): { items: Item[]; nextPageToken: { nextPageToken?: string } } {
  const start = readCount(query, 'pageToken', 0);
  const end = start + readCount(query, 'maxResults', 1000);
  return {
    items: all.slice(start, end),
    nextPageToken: end < all.length ? { nextPageToken: String(end) } : {},
  };
}

/** A whole number of 0 or more from the query string. */
export function readCount(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name);
  if (text === null || text === '') return fallback;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0)
    throw new BigQueryError('invalid', `Invalid value for ${name}: ${text}`);
  return count;
}
