import { createHash } from 'node:crypto';
import { ConfigError } from '@plumbline/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { RequestProblem } from './problem.ts';

/** What a key may be used for: judging readings, or watching the server and its models. */
export const Scope = Type.Union([Type.Literal('detect'), Type.Literal('watch')]);
export type Scope = Static<typeof Scope>;

/** A client's key, as its SHA-256: whoever reads the file cannot use it. */
export const ApiKey = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z][a-z0-9-]{0,63}$' }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    scopes: Type.Array(Scope, { minItems: 1 }),
  },
  { additionalProperties: false },
);
export type ApiKey = Static<typeof ApiKey>;

export interface AccessRules {
  /** Empty: everybody may do everything. */
  readonly keys: readonly ApiKey[];
  /** Readings a second that a client may have judged, with bursts of as much as ten seconds; 0: no limit. */
  readonly readingsPerSecond: number;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key needs for this route; without it, the route is open to all. */
    scope?: Scope;
  }
}

const BURST_SECONDS = 10;
const ANONYMOUS = 'anonymous';
const keysCheck = Compile(Type.Array(ApiKey));

/** @throws ConfigError that names the first wrong field, never a key */
export function parseApiKeys(text: string): readonly ApiKey[] {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    throw new ConfigError(['API_KEYS_FILE is not JSON']);
  }
  if (!keysCheck.Check(input)) {
    const [first] = keysCheck.Errors(input);
    throw new ConfigError([`API_KEYS_FILE${first?.instancePath} ${first?.message}`]);
  }
  const names = input.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new ConfigError([`API_KEYS_FILE has two keys named ${twice}`]);
  return input;
}

/**
 * Lets requests through that bring `Authorization: Bearer KEY` with a key of the right scope, and slows clients
 * that ask for more than their share. Counts are of this instance alone.
 */
export function guardAccess(app: FastifyInstance, rules: AccessRules, now: () => number): void {
  const byHash = new Map(rules.keys.map((key) => [key.sha256, key]));
  const clients = new WeakMap<FastifyRequest, string>();
  const buckets = new Map<string, { tokens: number; atMs: number }>();

  app.addHook('onRequest', (request, _reply, done) => {
    const { scope } = request.routeOptions.config;
    if (scope === undefined || byHash.size === 0) return done();
    const [, given] = /^Bearer (.{1,256})$/.exec(request.headers.authorization ?? '') ?? [];
    const key = given && byHash.get(createHash('sha256').update(given).digest('hex'));
    if (!key) return done(new RequestProblem('unauthorized'));
    if (!key.scopes.includes(scope)) {
      return done(new RequestProblem('forbidden', `the key lacks the scope ${scope}`));
    }
    clients.set(request, key.name);
    done();
  });

  if (rules.readingsPerSecond === 0) return;
  const capacity = Math.max(1, rules.readingsPerSecond * BURST_SECONDS);
  app.addHook('preHandler', (request, reply, done) => {
    if (request.routeOptions.config.scope !== 'detect') return done();
    const cost = readingCount(request.body);
    const client = clients.get(request) ?? ANONYMOUS;
    const nowMs = now();
    const before = buckets.get(client) ?? { tokens: capacity, atMs: nowMs };
    const gained = ((nowMs - before.atMs) / 1000) * rules.readingsPerSecond;
    const tokens = Math.min(capacity, before.tokens + gained);
    // A batch larger than the whole bucket passes when the bucket is full, and leaves a debt.
    if (tokens < Math.min(cost, capacity)) {
      buckets.set(client, { tokens, atMs: nowMs });
      const waitSeconds = (Math.min(cost, capacity) - tokens) / rules.readingsPerSecond;
      reply.header('retry-after', String(Math.ceil(waitSeconds)));
      return done(
        new RequestProblem(
          'too_many_requests',
          `at most ${rules.readingsPerSecond} readings a second`,
        ),
      );
    }
    buckets.set(client, { tokens: tokens - cost, atMs: nowMs });
    done();
  });
}

function readingCount(body: unknown): number {
  if (typeof body !== 'object' || body === null || !('readings' in body)) return 1;
  return Array.isArray(body.readings) ? body.readings.length : 1;
}
