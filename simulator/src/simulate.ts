import type { Reading } from '@plumbline/contracts';
import { misdeliver } from './delivery.ts';
import { createFleet } from './fleet.ts';
import type { SimulateOptions } from './options.ts';
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
  const { devices, seed, faultRate, faults, intervalMs, timeZone } = options;
  const fleet = createFleet({
    profile,
    seed,
    faultRate,
    ...(devices !== undefined && { devices }),
    ...(faults && { faults }),
    ...(intervalMs !== undefined && { intervalMs }),
    ...(timeZone !== undefined && { timeZone }),
  });
  const { backfillMs, durationMs } = options;
  const fromMs = backfillMs === undefined ? (options.startMs ?? nowMs) : nowMs - backfillMs;
  const lengthMs = backfillMs ?? durationMs ?? Number.POSITIVE_INFINITY;
  const readings = fleet.readings({ fromMs, toMs: fromMs + lengthMs });
  const count = (fleet.devices.length * lengthMs) / fleet.intervalMs;
  return {
    title: `${fleet.devices.length} devices of ${profile.name}, seed ${seed}, one reading each ${fleet.intervalMs / 1000} s`,
    readings:
      options.perSecond === undefined
        ? inTime(readings, { signal })
        : atRate(readings, options.perSecond, { signal }),
    expected: Number.isFinite(count) ? Math.round(count) : undefined,
    cleaning: undefined,
  };
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
