import { invalid } from './errors.ts';
import { checkProject } from './names.ts';

export interface Paging {
  readonly pageSize?: number;
  readonly pageToken?: string;
}

const MAX_PAGE_SIZE = 1000;

/** One page of the items in the order of their keys. The token is the key of the last item shown. */
export function page<Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => string,
  request: Paging,
): { items: Item[]; nextPageToken: string } {
  const { pageSize = 0, pageToken = '' } = request;
  if (pageSize < 0) throw invalid(`page_size ${pageSize} is less than 0`);
  const size = Math.min(pageSize || MAX_PAGE_SIZE, MAX_PAGE_SIZE);
  const after = Buffer.from(pageToken, 'base64url').toString();
  if (Buffer.from(after).toString('base64url') !== pageToken) {
    throw invalid(`page_token "${pageToken}" was not given by this server`);
  }
  const rest = Array.from(items)
    .filter((item) => after < keyOf(item))
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const shown = rest.slice(0, size);
  const last = shown.at(-1);
  const hasMore = last !== undefined && shown.length < rest.length;
  return {
    items: shown,
    nextPageToken: hasMore ? Buffer.from(keyOf(last)).toString('base64url') : '',
  };
}

/** Those of the items that belong to `projects/P`. Throws INVALID_ARGUMENT on another form. */
export function inProject<Named extends { name: string }>(
  items: Iterable<Named>,
  project: string | undefined,
): Named[] {
  const prefix = `${checkProject(project)}/`;
  return Array.from(items).filter(({ name }) => name.startsWith(prefix));
}

export function nameOf({ name }: { name: string }): string {
  return name;
}

export function resourceOf<Resource>({ resource }: { resource: Resource }): Resource {
  return resource;
}
