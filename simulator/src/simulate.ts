import type { Reading } from '@plumbline/contracts';
import { misdeliver } from './delivery.ts';
import { type WireForm, wireFormOf } from './encode.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { mergeByTime } from './merge.ts';
import { OptionsError, type SimulateOptions } from './options.ts';
import { atRate, inTime, until } from './pace.ts';
import { PROFILES, type ProfileName } from './profiles/index.ts';
import type { CleaningReport, DataSet } from './replay/data-set.ts';
import { DATA_SETS, loadIntelLab } from './replay/data-sets.ts';
import { replay } from './replay/replay.ts';

/** The readings that were asked for, at their pace. */
export interface Simulation {
  /** One line for a person. */
  readonly title: string;
  readonly readings: Iterable<Reading> | AsyncIterable<Reading>;
  /** How the device of a reading puts it on the wire. */
  readonly form: WireForm;
  /** About how many, where there is an end. */
  readonly expected: number | undefined;
  readonly cleaning: CleaningReport | undefined;
}

/** Composes what the options ask for. Rejects when a file cannot be read. */
export async function simulation(
  options: SimulateOptions,
  nowMs: number,
  signal: AbortSignal,
): Promise<Simulation> {
  const simulation =
    options.replay === undefined
      ? ofFleets(options, nowMs, signal)
      : await ofDataSet(options, options.replay, nowMs, signal);
  const { seed, duplicates, late, skew } = options;
  if (duplicates + late + skew === 0) return simulation;
  const readings = misdeliver(simulation.readings, { seed, duplicates, late, skew });
  return { ...simulation, readings };
}

function ofFleets(options: SimulateOptions, nowMs: number, signal: AbortSignal): Simulation {
  const fleets = fleetsOf(options);
  const { backfillMs, durationMs } = options;
  const fromMs = backfillMs === undefined ? (options.startMs ?? nowMs) : nowMs - backfillMs;
  const lengthMs = backfillMs ?? durationMs ?? Number.POSITIVE_INFINITY;
  const period = { fromMs, toMs: fromMs + lengthMs };
  const count = fleets.reduce((sum, fleet) => sum + readingsOf(fleet, lengthMs), 0);
  const titles = fleets.map(
    ({ devices, profile, intervalMs }) =>
      `${devices.length} devices of ${profile.name}, one reading each ${intervalMs / 1000} s`,
  );
  return {
    title: `${titles.join('; ')}; seed ${options.seed}`,
    readings: inTime(mergeByTime(fleets.map((fleet) => fleet.readings(period))), { signal }),
    form: formOf(fleets),
    expected: Number.isFinite(count) ? Math.round(count) : undefined,
    cleaning: undefined,
  };
}

function readingsOf({ devices, intervalMs }: Fleet, lengthMs: number): number {
  return (devices.length * lengthMs) / intervalMs;
}

function fleetsOf(options: SimulateOptions): Fleet[] {
  const { seed, faultRate, faults, timeZone } = options;
  const countOf = (name: ProfileName) => options.devices ?? PROFILES[name].deviceCount;
  const deviceCount = options.profiles.reduce((sum, name) => sum + countOf(name), 0);
  const intervalMs = intervalOf(options, deviceCount);
  return options.profiles.map((name) =>
    createFleet({
      profile: PROFILES[name],
      devices: countOf(name),
      seed,
      faultRate,
      ...(intervalMs !== undefined && { intervalMs }),
      ...(faults && { faults }),
      ...(timeZone !== undefined && { timeZone }),
    }),
  );
}

/** Each device speaks the form of its profile. */
function formOf(fleets: readonly Fleet[]): WireForm {
  const [nested, narrow] = [wireFormOf('nested'), wireFormOf('narrow')];
  const narrowIds = new Set(
    fleets
      .filter(({ profile }) => profile.form === 'narrow')
      .flatMap(({ devices }) => devices.map(({ deviceId }) => deviceId)),
  );
  return (reading) => (narrowIds.has(reading.deviceId) ? narrow : nested)(reading);
}

/**
 * A rate of all devices is another way to say their interval: measured times stay those of the clock.
 *
 * Undefined: each profile has its own.
 */
function intervalOf(options: SimulateOptions, deviceCount: number): number | undefined {
  const { intervalMs, perSecond } = options;
  if (perSecond === undefined) return intervalMs;
  const wantedMs = Math.round((deviceCount * 1000) / perSecond);
  if (wantedMs < 1) {
    const most = deviceCount * 1000;
    throw new OptionsError(
      `--rate ${perSecond}: wanted at most ${most} with ${deviceCount} devices`,
    );
  }
  return wantedMs;
}

async function ofDataSet(
  options: SimulateOptions,
  name: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<Simulation> {
  const dataSet = await load(name);
  const { speedUp, loop, originalTime, perSecond } = options;
  const isLive = speedUp !== undefined || loop;
  const readings = replay(dataSet, {
    time: originalTime ? 'original' : isLive ? { startMs: nowMs } : { endMs: nowMs },
    ...(speedUp !== undefined && { speedUp }),
    loop,
  });
  return {
    title: `replay of ${dataSet.name}: ${dataSet.rowCount} readings of ${dataSet.devices.length} devices`,
    readings:
      perSecond !== undefined
        ? atRate(readings, perSecond, { signal })
        : isLive
          ? inTime(readings, { signal })
          : until(readings, signal),
    form: wireFormOf('nested'),
    expected: loop ? undefined : dataSet.rowCount,
    cleaning: dataSet.cleaning,
  };
}

function load(name: string): Promise<DataSet> {
  return name === 'motes' || name === 'office' ? DATA_SETS[name].load() : loadIntelLab(name);
}
