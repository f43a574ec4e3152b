/** An answer that a repeated request gets again. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Answers that may be asked for again, by the client's key of the request. */
export interface Answered {
  /**
   * The answer to a request: that of the first with its key, or a new one.
   *
   * Two at once share the work. `other` when the key came before with another body. What `work` throws is not kept.
   */
  once(key: string, fingerprint: string, work: () => Promise<Answer>): Promise<Answer | 'other'>;
}

interface Entry {
  readonly fingerprint: string;
  readonly answer: Promise<Answer>;
  readonly untilMs: number;
  sizeBytes: number;
}

/**
 * Keeps answers in this process for `keepMs`, the newest up to `maxBytes` in all.
 *
 * Beyond that, and across processes, the ids of readings keep a repetition from counting twice.
 */
export function keepAnswers(limits: {
  readonly keepMs: number;
  readonly maxBytes: number;
  readonly now: () => number;
}): Answered {
  const { keepMs, maxBytes, now } = limits;
  const entries = new Map<string, Entry>();
  let totalBytes = 0;

  return {
    async once(key, fingerprint, work) {
      const known = entries.get(key);
      if (known !== undefined && now() < known.untilMs) {
        return known.fingerprint === fingerprint ? await known.answer : 'other';
      }
      if (known !== undefined) remove(key, known);
      const answer = work();
      const sizeBytes = key.length + fingerprint.length;
      const entry: Entry = { fingerprint, answer, untilMs: now() + keepMs, sizeBytes };
      entries.set(key, entry);
      totalBytes += sizeBytes;
      try {
        const { body } = await answer;
        if (entries.get(key) === entry) {
          entry.sizeBytes += body.length;
          totalBytes += body.length;
        }
      } catch (error) {
        if (entries.get(key) === entry) remove(key, entry);
        throw error;
      }
      for (const [oldest, old] of entries) {
        if (totalBytes <= maxBytes && now() < old.untilMs) break;
        remove(oldest, old);
      }
      return await answer;
    },
  };

  function remove(key: string, entry: Entry): void {
    entries.delete(key);
    totalBytes -= entry.sizeBytes;
  }
}
