import { ModelError } from '../errors.ts';
import type { SeriesHistory } from '../features.ts';
import { readArray, readNumber, readObject } from '../shape.ts';
import type { EpisodeState } from './episode.ts';

/** What is remembered of one device between its readings. Plain data, bounded, never changed in place. */
export interface DeviceState {
  readonly series: ReadonlyMap<string, SeriesState>;
  readonly episode: EpisodeState | null;
}

export interface SeriesState {
  readonly history: SeriesHistory;
}

const VERSION = 1;

/** The state as text for a store outside the process. */
export function saveDeviceState(state: DeviceState): string {
  return JSON.stringify({
    version: VERSION,
    series: [...state.series],
    episode: state.episode,
  });
}

/** @throws ModelError when the text is no saved state of this version */
export function loadDeviceState(text: string): DeviceState {
  const saved = readObject(parseJson(text), 'state');
  if (saved.version !== VERSION)
    throw new ModelError(`state.version is ${String(saved.version)}, this code reads ${VERSION}`);
  return {
    series: new Map(
      readArray(saved.series, 'state.series').map((entry, i) => {
        const [metric, series] = readArray(entry, `state.series[${i}]`);
        return [String(metric), loadSeries(series, `state.series[${i}]`)];
      }),
    ),
    episode: saved.episode === null ? null : loadEpisode(saved.episode),
  };
}

/** Milliseconds since the device's newest reading; null when it never sent one. */
export function silenceMs(state: DeviceState | null, nowMs: number): number | null {
  const newest = [...(state?.series.values() ?? [])].map(
    ({ history }) => history.atMs.at(-1) ?? Number.NEGATIVE_INFINITY,
  );
  return newest.length === 0 ? null : Math.max(0, nowMs - Math.max(...newest));
}

function loadSeries(input: unknown, where: string): SeriesState {
  const history = readObject(readObject(input, where).history, `${where}.history`);
  return {
    history: {
      atMs: readNumbers(history.atMs, `${where}.history.atMs`),
      values: readNumbers(history.values, `${where}.history.values`),
    },
  };
}

function loadEpisode(input: unknown): EpisodeState {
  const saved = readObject(input, 'state.episode');
  const episode = readObject(saved.episode, 'state.episode.episode');
  const number = (name: string) => readNumber(episode[name], `state.episode.episode.${name}`);
  return {
    episode: {
      startMs: number('startMs'),
      peakMs: number('peakMs'),
      peakScore: number('peakScore'),
      lastMs: number('lastMs'),
      readingCount: number('readingCount'),
    },
    quietCount: readNumber(saved.quietCount, 'state.episode.quietCount'),
  };
}

function readNumbers(input: unknown, where: string): number[] {
  return readArray(input, where).map((entry, i) => readNumber(entry, `${where}[${i}]`));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ModelError('state is not JSON', { cause });
  }
}
