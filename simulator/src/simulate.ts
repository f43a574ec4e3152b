import type { Reading } from '@plumbline/contracts';
import { misdeliver } from './delivery.ts';
import { createFleet } from './fleet.ts';
import { OptionsError, type SimulateOptions } from './options.ts';
import { atRate, inTime, until } from './pace.ts';
import { PROFILES } from './profiles/index.ts';
import type { CleaningReport, DataSet } from './replay/data-set.ts';
import { DATA_SETS, loadIntelLab } from './replay/data-sets.ts';
import { replay } from './replay/replay.ts';

/** The readings that were asked for, at their pace. */
export interface Simulation {
  /** One line for a person. */
  readonly title: string;
  readonly readings: Iterable<Reading> | AsyncIterable<Reading>;
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
      ? ofFleet(options, nowMs, signal)
      : await ofDataSet(options, options.replay, nowMs, signal);
  const { seed, duplicates, late, skew } = options;
  if (duplicates + late + skew === 0) return simulation;
  const readings = misdeliver(simulation.readings, { seed, duplicates, late, skew });
  return { ...simulation, readings };
}

function ofFleet(options: SimulateOptions, nowMs: number, signal: AbortSignal): Simulation {
  const profile = PROFILES[options.profile];
  const { devices = profile.deviceCount, seed, faultRate, faults, timeZone } = options;
  const fleet = createFleet({
    profile,
    devices,
    seed,
    faultRate,
    intervalMs: intervalOf(options, devices),
    ...(faults && { faults }),
    ...(timeZone !== undefined && { timeZone }),
  });
  const { backfillMs, durationMs } = options;
  const fromMs = backfillMs === undefined ? (options.startMs ?? nowMs) : nowMs - backfillMs;
  const lengthMs = backfillMs ?? durationMs ?? Number.POSITIVE_INFINITY;
  const readings = fleet.readings({ fromMs, toMs: fromMs + lengthMs });
  const count = (fleet.devices.length * lengthMs) / fleet.intervalMs;
  return {
    title: `${fleet.devices.length} devices of ${profile.name}, seed ${seed}, one reading each ${fleet.intervalMs / 1000} s`,
    readings: inTime(readings, { signal }),
    expected: Number.isFinite(count) ? Math.round(count) : undefined,
    cleaning: undefined,
  };
}

/** A rate of the whole fleet is another way to say its interval: measured times stay those of the clock. */
function intervalOf(options: SimulateOptions, devices: number): number {
  const { intervalMs, perSecond } = options;
  if (perSecond === undefined) return intervalMs ?? PROFILES[options.profile].intervalMs;
  const wantedMs = Math.round((devices * 1000) / perSecond);
  if (wantedMs < 1) {
    const most = devices * 1000;
    throw new OptionsError(`--rate ${perSecond}: wanted at most ${most} with ${devices} devices`);
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
    expected: loop ? undefined : dataSet.rowCount,
    cleaning: dataSet.cleaning,
  };
}

function load(name: string): Promise<DataSet> {
  return name === 'motes' || name === 'office' ? DATA_SETS[name].load() : loadIntelLab(name);
}
