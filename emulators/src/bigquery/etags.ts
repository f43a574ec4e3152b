import type { Call } from './api.ts';
import { BigQueryError } from './errors.ts';
import type { Resource } from './store.ts';

/** A change with If-Match is refused when someone else changed the resource since. */
export function checkEtag(call: Call, resource: Resource): void {
  const wanted = call.headers['if-match'];
  if (wanted === undefined || wanted === '*' || wanted === resource.etag) return;
  throw new BigQueryError('conditionNotMet', 'Precondition Failed', { location: 'If-Match' });
}
