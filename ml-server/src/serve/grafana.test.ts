import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { buildTestApp } from '../../test/build-test-app.ts';

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: { expr: string }[] }[];
}

test.each(['system', 'models'])(
  'every metric on the Grafana page %s is one that the server has',
  async (name) => {
    const file = new URL(`../../grafana/${name}.json`, import.meta.url);
    const { panels } = JSON.parse(readFileSync(file, 'utf8')) as Dashboard;
    const { fastify } = await buildTestApp();
    const { body } = await fastify.inject('/metrics');
    const known = new Set(
      [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, metric, type]) =>
        type === 'histogram' ? `${metric}_bucket` : metric,
      ),
    );
    const asked = panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) => expr.match(/\b(iot|process)_\w+/g) ?? []),
    );
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((metric) => !known.has(metric))).toEqual([]);
  },
);
