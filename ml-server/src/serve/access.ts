import { createHash } from 'node:crypto';
import { ConfigError } from '@plumbline/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import type { IdTokenCheck } from './id-token.ts';
import { isPlainBatch } from './plain-batch.ts';
import { RequestProblem } from './problem.ts';
import { createRateLimit } from './rate-limit.ts';

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
  /** With neither keys nor a check of ID tokens, everybody may do everything. */
  readonly keys: readonly ApiKey[];
  readonly checkIdToken: IdTokenCheck | null;
  /** Readings a second that a client may have judged, with bursts of as much as ten seconds; 0: no limit. */
  readonly readingsPerSecond: number;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key needs for this route; without it, the route is open to all. */
    scope?: Scope;
  }
}

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
 * Lets requests through that bring `Authorization: Bearer` with a key of the right scope, or with an ID token of
 * a known caller, who may do everything. Slows clients that ask for more than their share.
 */
export function guardAccess(app: FastifyInstance, rules: AccessRules, now: () => number): void {
  const byHash = new Map(rules.keys.map((key) => [key.sha256, key]));
  const isOpen = byHash.size === 0 && rules.checkIdToken === null;
  const clients = new WeakMap<FastifyRequest, string>();

  if (!isOpen) {
    app.addHook('onRequest', async (request) => {
      const { scope } = request.routeOptions.config;
      if (scope === undefined) return;
      const [, given = ''] = /^Bearer (.{1,4096})$/.exec(request.headers.authorization ?? '') ?? [];
      const key = byHash.get(createHash('sha256').update(given).digest('hex'));
      const client = key?.name ?? (given === '' ? null : await rules.checkIdToken?.(given));
      if (!client) throw new RequestProblem('unauthorized');
      if (key !== undefined && !key.scopes.includes(scope)) {
        throw new RequestProblem('forbidden', `the key lacks the scope ${scope}`);
      }
      clients.set(request, client);
    });
  }

  if (rules.readingsPerSecond === 0) return;
  const limit = createRateLimit(rules.readingsPerSecond, now);
  app.addHook('preHandler', (request, reply, done) => {
    if (request.routeOptions.config.scope !== 'detect') return done();
    const client = clients.get(request) ?? ANONYMOUS;
    const waitSeconds = limit.take(client, readingCount(request.body));
    if (waitSeconds === 0) return done();
    reply.header('retry-after', String(Math.ceil(waitSeconds)));
    const detail = `at most ${rules.readingsPerSecond} readings a second`;
    done(new RequestProblem('too_many_requests', detail));
  });
}

function readingCount(body: unknown): number {
  if (isPlainBatch(body)) return body.readings.count;
  if (typeof body !== 'object' || body === null || !('readings' in body)) return 1;
  return Array.isArray(body.readings) ? body.readings.length : 1;
}
