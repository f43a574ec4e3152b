/** A short memory of answers: equal questions asked at once or within `maxAgeMs` cost one query. */
export interface Cache<Value> {
  get(key: string, maxAgeMs: number, load: () => Promise<Value>): Promise<Value>;
}

/** Keeps at most `capacity` answers, the least recently loaded go first. Failures are not kept. */
export function singleFlightCache<Value>(capacity: number, now: () => number): Cache<Value> {
  const entries = new Map<
    string,
    { readonly loadedAtMs: number; readonly value: Promise<Value> }
  >();
  return {
    get(key, maxAgeMs, load) {
      const known = entries.get(key);
      if (known && now() - known.loadedAtMs < maxAgeMs) return known.value;
      const value = load();
      const entry = { loadedAtMs: now(), value };
      entries.delete(key);
      entries.set(key, entry);
      const oldest = entries.keys().next();
      if (entries.size > capacity && !oldest.done) entries.delete(oldest.value);
      value.catch(() => {
        if (entries.get(key) === entry) entries.delete(key);
      });
      return value;
    },
  };
}
