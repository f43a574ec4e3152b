import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { DOCS_CONTENT_SECURITY_POLICY } from '../docs-assets.ts';
import { type ApiDocument, docsPage } from '../docs-page.ts';
import { Problem } from '../problem.ts';

const HOST = /^[A-Za-z0-9.:[\]-]{1,255}$/;

/** Collects the schemas of all routes registered after it into an OpenAPI document. */
export async function collectSchemas(app: FastifyInstance): Promise<void> {
  app.addSchema({ $id: 'Problem', ...Problem });
  await app.register(swagger, {
    refResolver: { buildLocalReference: (schema) => String(schema.$id) },
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Plumbline ML server',
        description: 'Says whether a sensor reading is an anomaly, how strange it is and why',
        version: '1',
      },
      tags: [
        { name: 'detect', description: 'Judge readings' },
        { name: 'models', description: 'The model at work' },
        { name: 'watch', description: 'For probes and Prometheus' },
      ],
    },
  });
}

/** The OpenAPI document, and a page for people made from it. */
export function docsRoutes(app: FastifyInstance): void {
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  app.get('/docs', { schema: { hide: true } }, async (request, reply) => {
    const host = HOST.test(request.host) ? request.host : '127.0.0.1:8000';
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', DOCS_CONTENT_SECURITY_POLICY)
      .send(docsPage(app.swagger() as ApiDocument, `${request.protocol}://${host}`));
  });
}
