import { TABLES } from '@plumbline/contracts';
import { messageRate } from '../cost/estimate.ts';
import { DELIVERIES, MESSAGE_OVERHEAD_BYTES, messageBytes } from '../cost/units.ts';
import { type Design, instancesOf, linesOf, loadOf, SWITCHES, usdOf, workersOf } from './design.ts';
import { LIMITS, type Limit, share } from './limits.ts';
import { type Plan, plan, type Step } from './plan.ts';

/** What so many devices take, in Markdown: first what breaks and what is done about it, then load, quotas and money before and after. */
export function scaleReport(devices: number, intervalSeconds: number): string {
  const planned = plan(devices, intervalSeconds);
  const { asDeployed, grown } = planned;
  const rate = count(devices / intervalSeconds);
  return [
    `${count(devices)} devices, each a reading every ${count(intervalSeconds)} s: ${rate} readings/s`,
    steps(planned),
    table(['', 'as deployed', 'with the switches'], loads(asDeployed, grown)),
    table(
      ['quota', 'limit', 'as deployed', 'with the switches', 'source'],
      LIMITS.map((limit) => quota(limit, asDeployed, grown)),
    ),
    table(['US$ a month', 'as deployed', 'with the switches'], bill(asDeployed, grown)),
  ].join('\n\n');
}

function steps({ steps: taken, open }: Plan): string {
  if (taken.length === 0) return 'Nothing breaks, and no switch is worth flipping.';
  const rows = taken.map((step, index) => [
    String(index + 1),
    because(step),
    step.flip,
    SWITCHES[step.flip].does,
    SWITCHES[step.flip].where,
    money(usdOf(step.after)),
  ]);
  const rest = open.map(({ what }) => `Still too little, and no switch here helps: ${what}.`);
  return [
    table(['', 'what breaks', 'switch', 'what it does', 'where it is', 'US$ a month then'], rows),
    ...rest,
  ].join('\n\n');
}

function because({ limit, before, after }: Step): string {
  if (limit === undefined) return `nothing; it saves US$ ${money(usdOf(before) - usdOf(after))}`;
  return `${limit.what}: ${percent(share(limit, before))}`;
}

function loads(...designs: Design[]): string[][] {
  const row = (what: string, of: (design: Design) => string) => [what, ...designs.map(of)];
  const perSecond = (design: Design) => messageRate(loadOf(design));
  const bytes = (design: Design) =>
    perSecond(design) * (messageBytes(loadOf(design).readingsPerMessage) + MESSAGE_OVERHEAD_BYTES);
  return [
    row('messages a second', (design) => count(perSecond(design))),
    row('published', (design) => `${count(bytes(design) / 1e6)} MB/s`),
    row('delivered', (design) => `${count((DELIVERIES * bytes(design)) / 1e6)} MB/s`),
    row('instances of ingest, in the mean', (design) => count(instancesOf(design, 'ingest'))),
    row('instances of detect', (design) => count(instancesOf(design, 'detect'))),
    row('workers that pull', (design) => count(workersOf(design))),
    row('ML servers', (design) => count(instancesOf(design, 'mlServer'))),
    row('rows a day', (design) => count(2 * loadOf(design).readingsPerSecond * 86_400)),
    row('partitions a day, of all tables', () => count(partitionsADay())),
  ];
}

function partitionsADay(): number {
  return Object.values(TABLES).reduce(
    (sum, { partitionUnit }) => sum + (partitionUnit === 'HOUR' ? 24 : 1),
    0,
  );
}

function quota(limit: Limit, ...designs: Design[]): string[] {
  return [
    limit.what,
    `${count(limit.limit)} ${limit.unit}`.trim(),
    ...designs.map((design) => percent(share(limit, design))),
    limit.source,
  ];
}

function bill(asDeployed: Design, grown: Design): string[][] {
  const [before, after] = [linesOf(asDeployed), linesOf(grown)];
  const parts = new Set([...before, ...after].map(({ what }) => what));
  const of = (lines: typeof before, what: string) => {
    const line = lines.find((candidate) => candidate.what === what);
    return line === undefined ? '–' : money(line.usdPerMonth);
  };
  return [
    ...[...parts].map((what) => [what, of(before, what), of(after, what)]),
    ['all', money(usdOf(asDeployed)), money(usdOf(grown))],
    ['for a million readings', perMillion(asDeployed), perMillion(grown)],
  ];
}

function perMillion(design: Design): string {
  const millions = (loadOf(design).readingsPerSecond * 730 * 3_600) / 1e6;
  return (usdOf(design) / millions).toFixed(3);
}

/** Three digits that count; thousands with commas. */
function count(value: number): string {
  const rounded = value === 0 ? 0 : Number(value.toPrecision(3));
  return rounded.toLocaleString('en-US', { maximumFractionDigits: 3 });
}

function money(usd: number): string {
  return usd < 100 ? usd.toFixed(2) : Math.round(usd).toLocaleString('en-US');
}

function percent(value: number): string {
  if (value === 0) return '–';
  return 100 * value < 0.001 ? 'below 0.001 %' : `${count(100 * value)} %`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
