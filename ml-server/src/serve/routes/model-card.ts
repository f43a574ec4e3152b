import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { VersionEntry } from '../../model/operations.ts';
import { RequestProblem } from '../problem.ts';
import { problemResponses } from './problem-responses.ts';

export interface ModelCardDeps {
  /** The stored versions with their roles. Asked for at every request. */
  listVersions(): Promise<readonly VersionEntry[]>;
  /** The card of a version in Markdown, null if it has none. */
  readCard(version: string): Promise<string | null>;
}

/** Cards never change; kept so that no client can spend our quota of the bucket. */
const MAX_KEPT = 100;

const Params = Type.Object({
  version: Type.String({
    description: 'a version of /api/history, or current, previous or challenger',
    examples: ['current'],
  }),
});

/** The route for people who ask what a model version is for, what it learned from and where it fails. */
export function modelCardRoute(app: FastifyInstance, deps: ModelCardDeps): void {
  const kept = new Map<string, string>();

  app.get<{ Params: { version: string } }>(
    '/models/:version/card',
    {
      config: { scope: 'watch' },
      schema: {
        summary: 'The card of a model version, in Markdown: what it learned from, how well it does',
        tags: ['models'],
        params: Params,
        response: {
          200: {
            description: 'The card',
            content: { 'text/markdown': { schema: Type.String() } },
          },
          ...problemResponses(401, 403, 404, 503),
        },
      },
    },
    async (request, reply) => {
      const card = await cardOf(request.params.version).catch(() => {
        throw new RequestProblem('bucket_unreachable');
      });
      if (card === null) {
        throw new RequestProblem(
          'not_found',
          'no such version, or it has no card: see /api/history',
        );
      }
      return reply.type('text/markdown; charset=utf-8').send(card);
    },
  );

  /** Only versions that are listed are asked for: a made-up name costs the bucket nothing. */
  async function cardOf(asked: string): Promise<string | null> {
    const versions = await deps.listVersions();
    const found = versions.find(
      ({ version, roles }) => version === asked || roles.some((role) => role === asked),
    );
    if (found === undefined) return null;
    const { version } = found;
    const card = kept.get(version) ?? (await deps.readCard(version));
    if (card === null) return null;
    kept.set(version, card);
    const [oldest] = kept.keys();
    if (MAX_KEPT < kept.size && oldest !== undefined) kept.delete(oldest);
    return card;
  }
}
