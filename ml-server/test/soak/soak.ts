import { seededRandom } from '@plumbline/detection';
import { rememberInProcess } from '../../src/serve/device-history.ts';
import { buildTestApp } from '../build-test-app.ts';
import { type OddRequest, oddRequest } from './odd-request.ts';

export interface SoakOptions {
  readonly requests: number;
  readonly seed: number;
  readonly nowMs: number;
  /** Collects garbage; null where Node does not let us: then memory says little. */
  readonly collect: (() => void) | null;
  /** True when it should end before its time and say what it has seen. */
  isOver(): boolean;
  /** Told of each twentieth of the way. */
  report(done: number): void;
}

export interface SoakReport {
  readonly requests: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers that were not what they must be; the first few. */
  readonly wrong: readonly string[];
  readonly wrongCount: number;
  /** Bugs that the servers logged. */
  readonly bugCount: number;
  /** Of the heap in MB, after garbage is collected, at each twentieth of the way. */
  readonly heapMb: readonly number[];
}

const STEPS = 20;
const MAX_DEVICES = 50;
const MAX_TOLD = 20;

/**
 * Sends odd requests to two servers in turn, one with all detectors and one that remembers nothing, and holds
 * every answer against what it must be.
 */
export async function soak({
  requests,
  seed,
  nowMs,
  collect,
  isOver,
  report,
}: SoakOptions): Promise<SoakReport> {
  const random = seededRandom(seed);
  const bugs = { count: 0 };
  const log = ({ severity }: { severity: string }) => {
    if (severity === 'ERROR') bugs.count++;
  };
  // What is logged of a million requests would fill the memory that is watched.
  const deps = { now: () => nowMs, log, logRequest: () => {} };
  const apps = [
    await buildTestApp({ ...deps, history: rememberInProcess(MAX_DEVICES) }),
    await buildTestApp({ ...deps, history: null }),
  ];
  const statuses: Record<string, number> = {};
  const wrong: string[] = [];
  const heapMb: number[] = [];
  let wrongCount = 0;
  let done = 0;
  for (; done < requests && !isOver(); done++) {
    const request = oddRequest(random, nowMs);
    const { method, url, headers, payload } = request;
    const { fastify } = apps[done % 2] as (typeof apps)[number];
    const answer = await fastify.inject({ method, url, headers: { ...headers }, payload });
    statuses[answer.statusCode] = (statuses[answer.statusCode] ?? 0) + 1;
    const complaint = complaintOf(request, answer.statusCode, answer.body);
    if (complaint !== null) {
      wrongCount++;
      if (wrong.length < MAX_TOLD) wrong.push(`${method} ${url} ${payload}: ${complaint}`);
    }
    if ((done + 1) % Math.ceil(requests / STEPS) === 0) {
      collect?.();
      heapMb.push(process.memoryUsage().heapUsed / 1e6);
      report(done + 1);
    }
  }
  for (const { fastify } of apps) await fastify.close();
  return { requests: done, statuses, wrong, wrongCount, bugCount: bugs.count, heapMb };
}

/** What is wrong with an answer; null if it is what it must be. */
function complaintOf(
  { expected, rightReadings, url }: OddRequest,
  status: number,
  body: string,
): string | null {
  const isExpected = expected === 'refused' ? 400 <= status && status < 500 : status === expected;
  if (!isExpected) return `status ${status}, wanted ${expected}`;
  if (status !== 200) {
    return JSON.parse(body).status === status ? null : 'the answer is no problem of this status';
  }
  if (rightReadings !== null) {
    const { results } = JSON.parse(body) as { results: object[] };
    const judged = results.map((result) => !('error' in result));
    if (judged.join() !== rightReadings.join()) return `judged ${judged}, right ${rightReadings}`;
    return results.every((one) => 'error' in one || isDecision(one))
      ? null
      : 'a decision is not whole';
  }
  if (!url.startsWith('/detect')) return null;
  return isDecision(JSON.parse(body)) ? null : 'the decision is not whole';
}

function isDecision(input: object): boolean {
  const { score, threshold, is_anomaly, severity, explanation } = input as Record<string, unknown>;
  return (
    typeof score === 'number' &&
    Number.isFinite(score) &&
    is_anomaly === (threshold as number) <= score &&
    (severity === 'normal') === !is_anomaly &&
    typeof explanation === 'string' &&
    0 < explanation.length
  );
}
