import { parseArgs } from 'node:util';
import { MAX_READINGS_PER_MESSAGE } from '@plumbline/contracts';
import { FAULT_KINDS, type FaultKind, MAX_FAULT_RATE } from './faults.ts';
import { MAX_DEVICES } from './fleet.ts';
import { PROFILE_NAMES, type ProfileName } from './profiles/index.ts';

/** What the command was asked to do. */
export interface SimulateOptions {
  /** Whose devices, all in one stream; at least one. */
  readonly profiles: readonly ProfileName[];
  /** A shipped data set, or a file in the format of the Intel lab. */
  readonly replay: string | undefined;
  readonly devices: number | undefined;
  readonly intervalMs: number | undefined;
  /** Readings per second of the whole fleet or replay. */
  readonly perSecond: number | undefined;
  readonly seed: number;
  readonly faultRate: number;
  readonly faults: readonly FaultKind[] | undefined;
  readonly timeZone: string | undefined;
  readonly startMs: number | undefined;
  readonly durationMs: number | undefined;
  readonly backfillMs: number | undefined;
  readonly speedUp: number | undefined;
  readonly loop: boolean;
  readonly originalTime: boolean;
  readonly duplicates: number;
  readonly late: number;
  readonly skew: number;
  readonly malformed: number;
  readonly perMessage: number;
  /** `pubsub`, `stdout`, or the path of a file. */
  readonly output: string;
  readonly topic: string;
  readonly quiet: boolean;
}

/** Wrong options: names each, its value and what is allowed. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

export const HELP = `Publishes readings of simulated devices, or of a recorded data set.

  npm run simulate -- [options]

What
  --profile NAME      ${PROFILE_NAMES.join(', ')},
                      or all: the devices of each in one stream (machine)
  --replay SET        instead of a profile: motes, office, or a file in the format of
                      the Intel Berkeley lab
  --devices N         how many devices of a profile (its own number)
  --seed N            equal seeds give equal readings (42)
  --fault-rate R      share of readings with a fault, 0 to ${MAX_FAULT_RATE} (0.05)
  --faults LIST       kinds of fault, with commas (the profile's):
                      ${FAULT_KINDS.slice(0, 6).join(', ')},
                      ${FAULT_KINDS.slice(6).join(', ')}
  --time-zone ZONE    of the site, such as Europe/Berlin (the profile's)

When
  --interval TIME     between two readings of a device, such as 10s (the profile's)
  --start INSTANT     of the first reading, such as 2026-01-31T08:00:00Z (now); the past is
                      made up for at once
  --duration TIME     of readings, such as 90m, 24h, 7d (until stopped)
  --backfill TIME     a past period up to now, as fast as it goes
  --rate N            so many readings a second from all devices, instead of --interval;
                      replay: a steady rate, whatever the recorded times
  --speed-up N        replay: start now, and let the recorded time run N times as fast
  --loop              replay: start now, and over again when the data end
  --original-time     replay: keep the recorded times (else the last one is now)

Where
  --output PLACE      pubsub, stdout (one JSON object a line) or a file (pubsub)
  --topic NAME        (readings)
  --pack N            readings in a message, 1 to ${MAX_READINGS_PER_MESSAGE} (100)
  --quiet             print only totals

What goes wrong on the way (each a share from 0 to 1; all 0)
  --duplicates R      readings that come twice
  --late R            readings that come after younger ones, by up to 5 minutes
  --skew R            devices whose clock is off, by up to 2 minutes
  --malformed R       messages with one that nobody can read before them (Pub/Sub only)

Pub/Sub is the one that the environment names: GOOGLE_CLOUD_PROJECT, and PUBSUB_EMULATOR_HOST for an emulator; without
either, that of \`npm start\` on this machine.
Ctrl-C sends what is under way and prints totals.
`;

/** Reads the command line; 'help' when that was asked for. Throws OptionsError with all problems at once. */
export function parseOptions(args: readonly string[]): SimulateOptions | 'help' {
  const given = parse(args);
  if (given.help) return 'help';
  const problems: string[] = [];
  const options: SimulateOptions = {
    profiles: profiles(),
    replay: given.replay,
    devices: integer('devices', 1, MAX_DEVICES),
    intervalMs: time('interval'),
    perSecond: number('rate', 0.001, 1_000_000),
    seed: integer('seed', 0, 0xffff_ffff) ?? 42,
    faultRate: number('fault-rate', 0, MAX_FAULT_RATE) ?? 0.05,
    faults: listOf('faults', FAULT_KINDS),
    timeZone: timeZone(),
    startMs: instant(),
    durationMs: time('duration'),
    backfillMs: time('backfill'),
    speedUp: number('speed-up', 0.001, 100_000),
    loop: given.loop ?? false,
    originalTime: given['original-time'] ?? false,
    duplicates: number('duplicates', 0, 1) ?? 0,
    late: number('late', 0, 1) ?? 0,
    skew: number('skew', 0, 1) ?? 0,
    malformed: number('malformed', 0, 1) ?? 0,
    perMessage: integer('pack', 1, MAX_READINGS_PER_MESSAGE) ?? 100,
    output: given.output ?? 'pubsub',
    topic: given.topic ?? 'readings',
    quiet: given.quiet ?? false,
  };
  for (const name of ['profile', 'devices', 'interval', 'backfill', 'start', 'duration'] as const) {
    exclude(name, 'replay');
  }
  for (const name of ['speed-up', 'loop', 'original-time'] as const) {
    if (given[name] !== undefined && given.replay === undefined) {
      problems.push(`--${name} is for --replay`);
    }
  }
  exclude('rate', 'interval');
  exclude('rate', 'speed-up');
  exclude('backfill', 'start');
  exclude('backfill', 'duration');
  exclude('original-time', 'speed-up');
  exclude('original-time', 'loop');
  if (0 < options.malformed && options.output !== 'pubsub') {
    problems.push(`--malformed is for --output pubsub, got ${options.output}`);
  }
  if (0 < problems.length) throw new OptionsError(problems.join('\n'));
  return options;

  function exclude(one: keyof typeof given, other: keyof typeof given): void {
    if (given[one] !== undefined && given[other] !== undefined) {
      problems.push(`--${one} cannot go with --${other}`);
    }
  }

  function wrong(name: string, allowed: string): undefined {
    problems.push(`--${name} ${given[name as keyof typeof given]}: wanted ${allowed}`);
  }

  function profiles(): readonly ProfileName[] {
    if (given.profile === 'all') return PROFILE_NAMES;
    const { profile = 'machine' } = given;
    const found = PROFILE_NAMES.find((name) => name === profile);
    return found ? [found] : (wrong('profile', `${PROFILE_NAMES.join(', ')} or all`) ?? []);
  }

  function listOf<Choice extends string>(
    name: keyof typeof given,
    choices: readonly Choice[],
  ): readonly Choice[] | undefined {
    const value = given[name];
    if (typeof value !== 'string') return undefined;
    const items = value.split(',').map((item) => item.trim());
    return items.every((item): item is Choice => (choices as readonly string[]).includes(item))
      ? items
      : wrong(name, `some of ${choices.join(', ')}, with commas`);
  }

  function number(name: keyof typeof given, min: number, max: number): number | undefined {
    const value = given[name];
    if (value === undefined) return undefined;
    const parsed = value === '' ? Number.NaN : Number(value);
    return min <= parsed && parsed <= max ? parsed : wrong(name, `a number from ${min} to ${max}`);
  }

  function integer(name: keyof typeof given, min: number, max: number): number | undefined {
    const value = given[name];
    if (value === undefined) return undefined;
    const parsed = value === '' ? Number.NaN : Number(value);
    return Number.isInteger(parsed) && min <= parsed && parsed <= max
      ? parsed
      : wrong(name, `a whole number from ${min} to ${max}`);
  }

  function time(name: keyof typeof given): number | undefined {
    const value = given[name];
    return value === undefined
      ? undefined
      : (parseTime(String(value)) ?? wrong(name, 'a time such as 500ms, 10s, 90m, 24h or 7d'));
  }

  function instant(): number | undefined {
    if (given.start === undefined) return undefined;
    const parsed = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(given.start)
      ? Date.parse(given.start)
      : Number.NaN;
    return Number.isNaN(parsed)
      ? wrong('start', 'an instant such as 2026-01-31T08:00:00Z')
      : parsed;
  }

  function timeZone(): string | undefined {
    const value = given['time-zone'];
    if (value === undefined) return undefined;
    try {
      new Intl.DateTimeFormat('en', { timeZone: value });
      return value;
    } catch {
      return wrong('time-zone', 'an IANA name such as Europe/Berlin');
    }
  }
}

/** Milliseconds of `500ms`, `10s`, `90m`, `24h`, `7d`; undefined for anything else, nothing, or more than ten years. */
function parseTime(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  const ms = match ? Math.round(Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]) : 0;
  return 0 < ms && ms <= 3650 * unitMs.d ? ms : undefined;
}

/** `--rate -1` as `--rate=-1`: parseArgs takes a dash for another option, and then names neither. */
function joinNegative(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1);
    if (/^-\d/.test(arg) && before?.startsWith('--'))
      joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: joinNegative(args),
      options: {
        profile: text,
        replay: text,
        devices: text,
        interval: text,
        rate: text,
        seed: text,
        'fault-rate': text,
        faults: text,
        'time-zone': text,
        start: text,
        duration: text,
        backfill: text,
        'speed-up': text,
        loop: flag,
        'original-time': flag,
        duplicates: text,
        late: text,
        skew: text,
        malformed: text,
        pack: text,
        output: text,
        topic: text,
        quiet: flag,
        help: flag,
      },
    }).values;
  } catch (error) {
    throw new OptionsError(`${(error as Error).message.split('. ')[0]}; --help lists all options`);
  }
}
