import type { SeriesHistory } from '../features.ts';
import type { RelationModel } from '../streaming/relation.ts';
import type { SeriesModel } from '../streaming/series-ensemble.ts';
import type { EpisodeState } from './episode.ts';
import type { AlarmState } from './streaming-findings.ts';

/** What is remembered of one device between its readings. Bounded, never changed in place. */
export interface DeviceState {
  readonly series: ReadonlyMap<string, SeriesState>;
  readonly alarm: AlarmState;
  readonly episode: EpisodeState | null;
  /** How the device's metrics step together; null for one metric, or too many. */
  readonly relation: RelationModel | null;
}

export interface SeriesState {
  /** What the forests' features look back on. */
  readonly history: SeriesHistory;
  /** What the streaming detectors have learned. */
  readonly model: SeriesModel;
}

/** Milliseconds since the device's newest reading; null when it never sent one. */
export function silenceMs(state: DeviceState | null, nowMs: number): number | null {
  return state === null ? null : Math.max(0, nowMs - state.alarm.lastMs);
}
