/** The ML server as the page needs it. Every method throws ScorerError if it is away or slow. */
export interface Scorer {
  /** One reading in; the ML server's status and body, passed on as they are. */
  detect(reading: unknown): Promise<ScorerAnswer>;
  /** What the ML server says of itself at a path of its own. */
  read(path: ScorerPath): Promise<ScorerAnswer>;
}

/** The version at work and its drift; counts since the start; stored versions; a version's card; Prometheus metrics. */
export type ScorerPath =
  | '/models'
  | '/api/status'
  | '/api/history'
  | `/models/${string}/card`
  | '/metrics';

export interface ScorerAnswer {
  readonly status: number;
  readonly body: string;
}

/** The ML server could not be asked. Becomes a 502. */
export class ScorerError extends Error {
  override readonly name = 'ScorerError';
}

const MAX_ANSWER_BYTES = 256 * 1024;

export interface ScorerOptions {
  /** Base URL of the ML server. */
  readonly url: string;
  /** Headers that let us in, asked for anew with each request. */
  readonly authorization: () => Promise<Readonly<Record<string, string>>>;
  readonly timeoutMs: number;
  readonly maxInFlight: number;
}

/** What is asked, beside the path. */
interface Request {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Asks the ML server, a bounded number of times at once. */
export function remoteScorer(options: ScorerOptions): Scorer {
  const { url, authorization, timeoutMs, maxInFlight } = options;
  let inFlight = 0;
  return {
    detect: (reading) =>
      ask('/detect', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(reading),
      }),
    read: (path) => ask(path, {}),
  };

  async function ask(path: string, request: Request): Promise<ScorerAnswer> {
    const endpoint = new URL(path, url);
    if (inFlight >= maxInFlight) throw new ScorerError(`${maxInFlight} requests are under way`);
    inFlight += 1;
    try {
      const response = await fetch(endpoint, {
        ...request,
        headers: { ...request.headers, ...(await authorization()) },
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
      });
      const body = await response.text();
      if (body.length > MAX_ANSWER_BYTES) {
        throw new ScorerError(`the ML server answered ${body.length} bytes`);
      }
      return { status: response.status, body };
    } catch (error) {
      if (error instanceof ScorerError) throw error;
      const isLate = error instanceof Error && error.name === 'TimeoutError';
      throw new ScorerError(
        isLate
          ? `the ML server did not answer within ${timeoutMs / 1000} s`
          : `the ML server at ${endpoint.origin} cannot be reached`,
        { cause: error },
      );
    } finally {
      inFlight -= 1;
    }
  }
}
