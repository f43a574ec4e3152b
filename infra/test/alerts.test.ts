import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ALERT_RULES } from '../src/alert-rules.ts';
import { MAX_DOCUMENTATION_BYTES, runbookSection } from '../src/runbook.ts';
import { runbook, synthesise } from './synthesised.ts';

const { pipeline } = synthesise('dev', { PLUMBLINE_RUNBOOK_URL: 'https://example.com/runbook' });

test.each(ALERT_RULES)('$id tells what to do and whom', ({ id, title, severity }) => {
  const policy = pipeline.one('google_monitoring_alert_policy', 'display_name', title);
  expect(policy.documentation.content).toBe(runbookSection(runbook, id));
  expect(policy.documentation.content).toMatch(/\*\*Means\.\*\*[\s\S]*\*\*Look\.\*\*/);
  expect(Buffer.byteLength(policy.documentation.content)).toBeLessThan(MAX_DOCUMENTATION_BYTES);
  expect(policy.documentation.links).toEqual([
    { display_name: 'Runbook', url: `https://example.com/runbook#${id}` },
  ]);
  expect(policy.notification_channels).toHaveLength(1);
  expect(policy.severity).toBe(severity);
});

test('the runbook has no section that no alert leads to', () => {
  const sections = [...runbook.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  // Prometheus watches some of the same symptoms, and some of its own; its rules name their sections too.
  const prometheus = readFileSync(
    new URL('../../monitoring/rules/alerts.yml', import.meta.url),
    'utf8',
  );
  const others = [...prometheus.matchAll(/runbook\.md#([\w-]+)/g)].map(([, id]) => id);
  const named = new Set([...ALERT_RULES.map(({ id }) => id), ...others]);
  expect(sections.sort()).toEqual([...named].sort());
});

test('an alert without a section of the runbook is refused', () => {
  expect(() => runbookSection('## other\n\ntext', 'missing')).toThrow('no section "## missing"');
});

test('durations are whole minutes, as Cloud Monitoring wants them', () => {
  for (const { condition } of ALERT_RULES) {
    expect(condition.alignSeconds % 60).toBe(0);
    expect(condition.forSeconds % 60).toBe(0);
  }
});

test('the page of charts fits its grid, tile beside tile', () => {
  const [page] = Object.values(pipeline.all('google_monitoring_dashboard'));
  const { columns, tiles } = JSON.parse(page.dashboard_json).mosaicLayout;
  const cells = new Set<string>();
  for (const { xPos = 0, yPos = 0, width, height } of tiles) {
    expect(xPos + width).toBeLessThanOrEqual(columns);
    for (let x = xPos; x < xPos + width; x++) {
      for (let y = yPos; y < yPos + height; y++) cells.add(`${x} ${y}`);
    }
  }
  const area = tiles.reduce(
    (sum: number, tile: { width: number; height: number }) => sum + tile.width * tile.height,
    0,
  );
  expect(cells.size, 'tiles overlap').toBe(area);
});
