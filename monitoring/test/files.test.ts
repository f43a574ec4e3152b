import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dashboardFile } from '../src/dashboard-file.ts';
import { MODELS, SYSTEM } from '../src/dashboards.ts';

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool) console.log('promtool is not installed: its checks of the rules are skipped');

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const alerts = [...read('rules/alerts.yml').matchAll(/- alert: (\S+)/g)].map(([, name]) => name);

test.skipIf(!hasPromtool).each([
  ['check', 'config', 'prometheus.yml'],
  ['test', 'rules', 'test/alerts.yml'],
])('promtool %s %s %s', (...args) => {
  execFileSync('promtool', args, { cwd: new URL('..', import.meta.url), stdio: 'pipe' });
});

test('every alert leads to a section of the runbook', () => {
  const sections = new Set(read('../docs/runbook.md').match(/(?<=^## )\S+$/gm));
  const linked = [...read('rules/alerts.yml').matchAll(/docs\/runbook\.md#(\S+)/g)];
  expect(linked).toHaveLength(alerts.length);
  expect(linked.map(([, section]) => section).filter((id) => !sections.has(id ?? ''))).toEqual([]);
});

test('the unit tests of the alerts know each of them', () => {
  const tested = new Set(
    [...read('test/alerts.yml').matchAll(/alertname: (\S+)/g)].map(([, name]) => name),
  );
  expect(alerts.filter((name) => !tested.has(name))).toEqual([]);
});

test.each(Object.entries({ system: SYSTEM, models: MODELS }))(
  'grafana/dashboards/%s.json is what `node monitoring/src/main.ts` writes',
  (name, dashboard) => {
    const { path, text } = dashboardFile(name, dashboard);
    expect(readFileSync(path, 'utf8')).toBe(text);
  },
);
