import type { Registry } from './registry.ts';

/** A request was answered: its route as declared and not as asked (labels are few), and how long the answer took. */
export type NoteRequest = (route: string, method: string, status: number, seconds: number) => void;

/** Upper edges in seconds, from an answer that a computation made to one that waited for a warehouse. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * What every server of ours tells of its requests, by the same names: how many by route, method and status, and how
 * long they took by route. After the first request of its kind a note costs three look-ups.
 */
export function addRequestMetrics(registry: Registry): NoteRequest {
  const requests = registry.counter('iot_http_requests_total', 'Requests answered', [
    'route',
    'method',
    'status',
  ]);
  const requestSeconds = registry.histogram(
    'iot_http_request_duration_seconds',
    'From the start of a request to the end of its answer',
    SECONDS,
    ['route'],
  );
  const known = new Map<string, Map<string, Map<number, (seconds: number) => void>>>();

  return (route, method, status, seconds) => {
    const byStatus = entryOf(entryOf(known, route), method);
    let note = byStatus.get(status);
    if (note === undefined) {
      const count = requests.of(route, method, String(status));
      const observe = requestSeconds.of(route);
      note = (took) => {
        count(1);
        observe(took);
      };
      byStatus.set(status, note);
    }
    note(seconds);
  };
}

function entryOf<Key, Inner>(entries: Map<string, Map<Key, Inner>>, key: string): Map<Key, Inner> {
  let entry = entries.get(key);
  if (entry === undefined) {
    entry = new Map();
    entries.set(key, entry);
  }
  return entry;
}
