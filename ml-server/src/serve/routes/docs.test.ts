import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { buildTestApp } from '../../../test/build-test-app.ts';
import { PROBLEMS } from '../problem.ts';

interface PathItem {
  readonly post?: {
    readonly requestBody: {
      readonly content: { 'application/json': { readonly example: object } };
    };
  };
}

test('openapi.json in the repository is what the server says of itself', async () => {
  const { fastify } = await buildTestApp();
  const { body } = await fastify.inject('/openapi.json');
  const file = new URL('../../../openapi.json', import.meta.url);
  // After a wanted change: curl -s localhost:8000/openapi.json > ml-server/openapi.json && npm run format
  expect(JSON.parse(body)).toEqual(JSON.parse(readFileSync(file, 'utf8')));
});

test('the document names every route, and its references lead somewhere', async () => {
  const { fastify } = await buildTestApp();
  const { body } = await fastify.inject('/openapi.json');
  const api = JSON.parse(body);
  expect(api.openapi).toBe('3.1.0');
  expect(Object.keys(api.paths).sort()).toEqual([
    '/api/history',
    '/api/status',
    '/detect',
    '/detect/batch',
    '/detect/temperature',
    '/detect/vibration',
    '/health',
    '/metrics',
    '/models',
    '/models/{version}/card',
    '/ready',
  ]);
  for (const [, name] of body.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) {
    expect(api.components.schemas).toHaveProperty(name as string);
  }
});

test('the examples of the document are answered with 200', async () => {
  const { fastify } = await buildTestApp();
  const { paths } = JSON.parse((await fastify.inject('/openapi.json')).body);
  const posts = Object.entries<PathItem>(paths).flatMap(([url, { post }]) =>
    post === undefined ? [] : [{ url, body: post.requestBody.content['application/json'] }],
  );
  expect(posts).toHaveLength(4);
  for (const { url, body } of posts) {
    const answer = await fastify.inject({ method: 'POST', url, payload: body.example });
    expect([url, answer.statusCode]).toEqual([url, 200]);
  }
});

test('the page for people shows a curl line, explains every error, and asks nothing of other hosts', async () => {
  const { fastify } = await buildTestApp();
  const { body, headers } = await fastify.inject({
    url: '/docs',
    headers: { host: 'ml.example:8000' },
  });
  expect(body).toContain('curl -s http://ml.example:8000/detect -H');
  expect(body).toContain('curl -s http://ml.example:8000/models/current/card');
  for (const code of Object.keys(PROBLEMS)) expect(body).toContain(`id="${code}"`);
  expect(body).not.toMatch(/(src|href)="(https?:)?\/\//);
  expect(headers['content-security-policy']).toContain("default-src 'none'");
});

test('a Host header cannot put markup or commands into the page', async () => {
  const { fastify } = await buildTestApp();
  const { body } = await fastify.inject({ url: '/docs', headers: { host: 'x<script>;reboot' } });
  expect(body).not.toContain('reboot');
});
