import type { MetricName, Place } from '@plumbline/contracts';
import type { FaultKind } from './faults.ts';

/** A thing that measures, as a profile lays it out. */
export interface Device {
  readonly deviceId: string;
  readonly place: Place;
  /** Which of the profile's kinds of surroundings it is in. */
  readonly kind: string;
}

/** A world of devices, as data. One engine gives all profiles their values. */
export interface Profile {
  readonly name: string;
  readonly description: string;
  readonly deviceCount: number;
  readonly intervalMs: number;
  /** IANA name; people and sun follow its clock. */
  readonly timeZone: string;
  /** The form in which readings are published. */
  readonly form: 'nested' | 'narrow';
  /** The device at a position, for any position: fleets may be larger than `deviceCount`. */
  device(index: number): Device;
  readonly kinds: Readonly<Record<string, Surroundings>>;
  /** Kinds of fault that make sense here. */
  readonly faults: readonly FaultKind[];
}

/** What goes on around a device, and what it measures of it. */
export interface Surroundings {
  readonly activity: Activity;
  readonly metrics: Readonly<Partial<Record<MetricName, Signal>>>;
}

/** How busy a place is, from 0 (nobody, idle) to 1: what people, machines, air and power have in common. */
export interface Activity {
  /** Local hours between which it is busy. */
  readonly fromHour: number;
  readonly toHour: number;
  /** Activity outside these hours, and on weekends, as a share of the busy one. */
  readonly idle: number;
  readonly weekend: number;
  /** How far it wanders within the day, as a share. */
  readonly restlessness: number;
}

/** How one metric behaves: a sum of parts, each in the metric's unit. */
export interface Signal {
  readonly base: number;
  /** Devices differ from the base by up to this much either way. */
  readonly spread: number;
  /** Deviation of the noise between two readings. */
  readonly noise: number;
  /** Slow wandering, up to this much either way; at most 2. */
  readonly drift: number;
  /** The size of an ordinary change. Faults are 1.5 to 3.0 times this. */
  readonly step: number;
  /** Digits after the point that the sensor reports. */
  readonly decimals: number;
  readonly min: number;
  readonly max: number;
  /** A wave of one day around the base, highest at this local hour. */
  readonly daily?: { readonly amplitude: number; readonly peakHour: number };
  /** Light of the sun: nothing at night, this much at noon. */
  readonly daylight?: number;
  /** Added at full activity. */
  readonly activity?: number;
  /** Follows the activity of the last hour instead of that of the moment, as air does. */
  readonly isSlow?: true;
  /** Added for each °C by which the place is warmer than its base. */
  readonly perDegree?: number;
  /** A battery: falls by this much in so many days, then somebody replaces it. */
  readonly sag?: { readonly by: number; readonly days: number };
  /** Adds the level of these metrics together, in dB: a whole of which they are the bands. */
  readonly levelOf?: readonly MetricName[];
  /** For a band of `sound`: its share, [0, 1], of the energy of each sound that does not belong here. */
  readonly foreignShares?: readonly number[];
}
