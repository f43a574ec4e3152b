import { expect, test } from 'vitest';
import { HELP, OptionsError, parseOptions } from './options.ts';

test('without options: 50 machines, live, to Pub/Sub', () => {
  expect(parseOptions([])).toMatchObject({
    profiles: ['machine'],
    seed: 42,
    faultRate: 0.05,
    perMessage: 100,
    output: 'pubsub',
    topic: 'readings',
  });
});

test('all is every profile', () => {
  const profiles = ['building', 'environment', 'machine', 'lab', 'sound'];
  expect(parseOptions(['--profile', 'all'])).toMatchObject({ profiles });
});

test('times have units, instants are RFC 3339', () => {
  expect(
    parseOptions(['--interval', '500ms', '--duration', '1.5h', '--start', '2026-01-31T08:00:00Z']),
  ).toMatchObject({
    intervalMs: 500,
    durationMs: 5_400_000,
    startMs: Date.UTC(2026, 0, 31, 8),
  });
});

test.each([
  [
    ['--profile', 'ship'],
    '--profile ship: wanted building, environment, machine, lab, sound or all',
  ],
  [['--devices', '0'], '--devices 0: wanted a whole number from 1 to 100000'],
  [['--devices', 'many'], '--devices many: wanted a whole number'],
  [['--rate', '-1'], '--rate -1: wanted a number from 0.001'],
  [['--fault-rate', '0.9'], '--fault-rate 0.9: wanted a number from 0 to 0.3'],
  [['--faults', 'spike,gremlin'], '--faults spike,gremlin: wanted some of spike, drop'],
  [['--interval', '10'], '--interval 10: wanted a time such as'],
  [['--start', 'noon'], '--start noon: wanted an instant'],
  [['--time-zone', 'Mars'], '--time-zone Mars: wanted an IANA name'],
  [['--pack', '501'], '--pack 501: wanted a whole number from 1 to 500'],
  [['--late', '2'], '--late 2: wanted a number from 0 to 1'],
  [['--loop'], '--loop is for --replay'],
  [['--replay', 'motes', '--devices', '3'], '--devices cannot go with --replay'],
  [['--backfill', '1h', '--duration', '1h'], '--backfill cannot go with --duration'],
  [['--malformed', '0.1', '--output', 'stdout'], '--malformed is for --output pubsub'],
  [['--colour', 'red'], "Unknown option '--colour'"],
  [['loudly'], "Unexpected argument 'loudly'"],
])('%j is refused with what is allowed', (args, message) => {
  expect(() => parseOptions(args)).toThrow(OptionsError);
  expect(() => parseOptions(args)).toThrow(message);
});

test('all problems are told at once', () => {
  expect(() => parseOptions(['--devices', '0', '--seed', 'x'])).toThrow(/--devices 0.*\n--seed x/);
});

test('the help names every option', () => {
  expect(parseOptions(['--help'])).toBe('help');
  const named = new Set([...HELP.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, name]) => name));
  for (const name of named) {
    expect(() => parseOptions([`--${name}`])).not.toThrow('Unknown option');
  }
  expect(named.size).toBe(23);
});
