import { METRIC_NAMES, type MetricName } from '@plumbline/contracts';
import type { Activity, Signal, Surroundings } from './profile.ts';
import { bell, between, mix, mixLong, smooth, textKey, unit } from './random.ts';
import type { SiteTime } from './site-time.ts';
import { levelOfAll } from './sound-level.ts';

const HOUR_MS = 3_600_000;
/** Air takes about this long to follow what people do. */
const LAG_MS = HOUR_MS;
const DRIFT_PERIOD_MS = 12 * HOUR_MS;
const RESTLESS_PERIOD_MS = HOUR_MS / 2;

/** The values of one device, without faults, noise included. */
export interface DeviceSignal {
  readonly metrics: readonly MetricName[];
  /** What the metrics have in common at a moment. Compute once, use for all metrics. */
  conditions(timeMs: number): Conditions;
  /** Before rounding and clipping to what the sensor can show. */
  value(metric: MetricName, conditions: Conditions): number;
}

export interface Conditions {
  readonly timeMs: number;
  readonly local: SiteTime;
  /** [0, 1]. */
  readonly activity: number;
  readonly slowActivity: number;
}

/** `key` is the device's own; equal keys, surroundings and times give equal values. */
export function deviceSignal(
  key: number,
  surroundings: Surroundings,
  clock: (timeMs: number) => SiteTime,
): DeviceSignal {
  const metrics = METRIC_NAMES.filter((name) => surroundings.metrics[name] !== undefined);
  const parts = new Map(
    metrics.map((name) => {
      const metricKey = textKey(key, name);
      const signal = surroundings.metrics[name] as Signal;
      const offset = between(mix(metricKey, 1), -signal.spread, signal.spread);
      return [name, { signal, metricKey, offset, phase: unit(mix(metricKey, 2)) }];
    }),
  );
  const activityKey = textKey(key, 'activity');
  const isAnySlow = metrics.some((name) => surroundings.metrics[name]?.isSlow);

  return {
    metrics,
    conditions(timeMs) {
      const activity = activityAt(timeMs);
      return {
        timeMs,
        local: clock(timeMs),
        activity,
        slowActivity: isAnySlow
          ? (activity + activityAt(timeMs - LAG_MS / 2) + activityAt(timeMs - LAG_MS)) / 3
          : activity,
      };
    },
    value,
  };

  function activityAt(timeMs: number): number {
    const wander = smooth(activityKey, timeMs, RESTLESS_PERIOD_MS);
    return activityOf(surroundings.activity, clock(timeMs), wander);
  }

  function value(metric: MetricName, conditions: Conditions): number {
    const part = parts.get(metric);
    if (!part) throw new Error(`${metric} is not measured here: ${metrics.join(', ')}`);
    const noise = part.signal.noise * bell(mixLong(mix(part.metricKey, 3), conditions.timeMs));
    const { levelOf } = part.signal;
    const level = levelOf ? levelOfAll(levelOf.map((band) => value(band, conditions))) : 0;
    return quiet(metric, conditions) + level + noise;
  }

  function quiet(metric: MetricName, conditions: Conditions): number {
    const { signal, metricKey, offset, phase } = parts.get(metric) as NonNullable<
      ReturnType<typeof parts.get>
    >;
    const { timeMs, local } = conditions;
    let sum = signal.base + offset;
    if (signal.daily) {
      const turn = ((local.hour - signal.daily.peakHour) / 24) * 2 * Math.PI;
      sum += signal.daily.amplitude * Math.cos(turn);
    }
    if (signal.daylight)
      sum += signal.daylight * Math.max(0, -Math.cos((local.hour / 12) * Math.PI));
    if (signal.activity) {
      sum += signal.activity * (signal.isSlow ? conditions.slowActivity : conditions.activity);
    }
    if (signal.perDegree) {
      const warm = surroundings.metrics.temperature;
      if (warm) sum += signal.perDegree * (quiet('temperature', conditions) - warm.base);
    }
    if (signal.sag) {
      const age = timeMs / (signal.sag.days * 24 * HOUR_MS) + phase;
      sum -= signal.sag.by * (age - Math.floor(age));
    }
    if (signal.drift) sum += signal.drift * smooth(mix(metricKey, 4), timeMs, DRIFT_PERIOD_MS);
    return sum;
  }
}

/** What the sensor shows of a value. */
export function show(signal: Signal, value: number): number {
  const clipped = Math.min(signal.max, Math.max(signal.min, value));
  const scale = 10 ** signal.decimals;
  // Adding 0 turns -0 into 0.
  return Math.round(clipped * scale) / scale + 0;
}

/** Rises and falls over an hour at either end of the working day. */
function activityOf(activity: Activity, local: SiteTime, wander: number): number {
  const { fromHour, toHour, idle, weekend, restlessness } = activity;
  const rise = clamp(local.hour - fromHour + 0.5);
  const fall = clamp(toHour - local.hour + 0.5);
  const isWeekend = local.weekday === 0 || local.weekday === 6;
  const busy = (idle + (1 - idle) * Math.min(rise, fall)) * (isWeekend ? weekend : 1);
  // Wandering is downwards from full, so that activity never passes 1.
  return clamp(busy * (1 - restlessness * (0.5 - 0.5 * wander)));
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
