import { decodeBytes, encodeBytes } from '../base64.ts';
import { ModelError } from '../errors.ts';
import type { SeriesHistory } from '../features.ts';
import {
  readArray,
  readInteger,
  readNumber,
  readNumbers,
  readObject,
  readString,
} from '../shape.ts';
import type { RelationModel } from '../streaming/relation.ts';
import { ENSEMBLE_NAMES, type SeriesModel, VALUES_CAPACITY } from '../streaming/series-ensemble.ts';
import { stuck } from '../streaming/stuck.ts';
import { TAIL_CAPACITY } from '../streaming/tail-probability.ts';
import { timeOfDay } from '../streaming/time-of-day.ts';
import { varianceRatio } from '../streaming/variance-ratio.ts';
import { loadCodeWindow, loadFloatWindow, saveWindow } from '../streaming/window.ts';
import type { DeviceState, SeriesState } from './device-state.ts';
import type { EpisodeState } from './episode.ts';
import type { AlarmState } from './streaming-findings.ts';

const VERSION = 1;

/** The state as text for a store outside the process: at most 64 KB a series. */
export function saveDeviceState(state: DeviceState): string {
  return JSON.stringify({
    version: VERSION,
    series: [...state.series].map(([metric, { history, model }]) => [
      metric,
      { history, model: saveSeries(model) },
    ]),
    alarm: state.alarm,
    episode: state.episode,
    ...(state.relation === null ? {} : { relation: saveRelation(state.relation) }),
  });
}

/**
 * Reads a saved state and checks all of it.
 *
 * @throws ModelError that names the place and what is wrong there
 */
export function loadDeviceState(text: string): DeviceState {
  const saved = readObject(parseJson(text), 'state');
  if (saved.version !== VERSION)
    throw new ModelError(`state.version is ${String(saved.version)}, this code reads ${VERSION}`);
  const series = readArray(saved.series, 'state.series').map((entry, i): [string, SeriesState] => {
    const where = `state.series[${i}]`;
    const [metric, data] = readArray(entry, where);
    const one = readObject(data, where);
    return [
      readString(metric, `${where} metric`),
      {
        history: loadHistory(one.history, `${where}.history`),
        model: loadSeries(one.model, `${where}.model`),
      },
    ];
  });
  return {
    series: new Map(series),
    alarm: loadAlarm(saved.alarm),
    episode: saved.episode === null ? null : loadEpisode(saved.episode),
    // States saved before there were relations have none.
    relation: saved.relation ? loadRelation(saved.relation) : null,
  };
}

function saveSeries({
  origin,
  values,
  day,
  variance,
  ewma,
  stuck: run,
  recent,
}: SeriesModel): object {
  return {
    origin,
    values: saveWindow(values),
    day: {
      ...day,
      expected: encodeBytes(Float64Array.from(day.expected)),
      counts: encodeBytes(Uint16Array.from(day.counts)),
    },
    variance: { ...variance, recent: saveWindow(variance.recent) },
    ewma,
    // A value before the first one is NaN, which JSON has no word for.
    stuck: run.count === 0 ? null : run,
    recent: recent.map(saveWindow),
  };
}

function loadSeries(input: unknown, where: string): SeriesModel {
  const saved = readObject(input, where);
  const recent = readArray(saved.recent, `${where}.recent`).map((entry, i) =>
    loadCodeWindow(entry, TAIL_CAPACITY, `${where}.recent[${i}]`),
  );
  if (recent.length !== ENSEMBLE_NAMES.length)
    throw new ModelError(
      `${where}.recent has ${recent.length} windows, wanted ${ENSEMBLE_NAMES.length}`,
    );
  return {
    origin: readNumber(saved.origin, `${where}.origin`),
    values: loadFloatWindow(saved.values, VALUES_CAPACITY, `${where}.values`),
    day: loadDay(saved.day, `${where}.day`),
    variance: loadVariance(saved.variance, `${where}.variance`),
    ewma: readFields(saved.ewma, ['mean', 'variance', 'change', 'last', 'count'], `${where}.ewma`),
    stuck:
      saved.stuck === null
        ? stuck.start
        : readFields(
            saved.stuck,
            [
              'last',
              'run',
              'longestRun',
              'repeats',
              'chances',
              'furtherRepeats',
              'furtherChances',
              'stuckCount',
              'count',
            ],
            `${where}.stuck`,
          ),
    recent,
  };
}

function loadDay(input: unknown, where: string): SeriesModel['day'] {
  const saved = readObject(input, where);
  const expected = [...new Float64Array(decodeBytes(saved.expected, 8, `${where}.expected`))];
  const counts = [...new Uint16Array(decodeBytes(saved.counts, 2, `${where}.counts`))];
  const bins = timeOfDay.start.expected.length;
  if (expected.length !== bins || counts.length !== bins || !expected.every(Number.isFinite))
    throw new ModelError(`${where} is not ${bins} finite numbers and counts`);
  return { expected, counts, ...readFields(saved, ['variance', 'residualCount'], where) };
}

function loadVariance(input: unknown, where: string): SeriesModel['variance'] {
  const saved = readObject(input, where);
  return {
    recent: loadFloatWindow(saved.recent, varianceRatio.start.recent.capacity, `${where}.recent`),
    open: readInteger(saved.open, `${where}.open`, 0, 1000),
    blocks: readArray(saved.blocks, `${where}.blocks`).map((block, i) =>
      readFields(block, ['count', 'mean', 'squares'], `${where}.blocks[${i}]`),
    ),
    longVariance: readNumber(saved.longVariance, `${where}.longVariance`),
  };
}

function loadHistory(input: unknown, where: string): SeriesHistory {
  const saved = readObject(input, where);
  const atMs = readNumbers(saved.atMs, `${where}.atMs`);
  const values = readNumbers(saved.values, `${where}.values`);
  if (atMs.length !== values.length)
    throw new ModelError(`${where} has ${atMs.length} times and ${values.length} values`);
  return { atMs, values };
}

function loadAlarm(input: unknown): AlarmState {
  const saved = readObject(input, 'state.alarm');
  return {
    rarity: readFields(
      saved.rarity,
      ['level', 'excess', 'count', 'excessCount'],
      'state.alarm.rarity',
    ),
    ...readFields(
      saved,
      ['intervalMs', 'longestPauseMs', 'silentMs', 'knownMs', 'lastMs'],
      'state.alarm',
    ),
  };
}

function saveRelation(relation: RelationModel): object {
  const toText = (line: readonly number[]) => encodeBytes(Float64Array.from(line));
  return {
    ...relation,
    recent: relation.recent.map(toText),
    covariance: relation.covariance.map(toText),
  };
}

function loadRelation(input: unknown): RelationModel {
  const where = 'state.relation';
  const saved = readObject(input, where);
  const metrics = readArray(saved.metrics, `${where}.metrics`).map((metric, i) =>
    readString(metric, `${where}.metrics[${i}]`),
  );
  const readLines = (name: 'recent' | 'covariance'): number[][] => {
    const lines = readArray(saved[name], `${where}.${name}`);
    if (lines.length !== metrics.length)
      throw new ModelError(`${where}.${name} has ${lines.length} lines, wanted ${metrics.length}`);
    return lines.map((line, i) => readLine(line, `${where}.${name}[${i}]`));
  };
  const recent = readLines('recent');
  const covariance = readLines('covariance');
  if (covariance.some((line) => line.length !== metrics.length))
    throw new ModelError(`${where}.covariance is not square`);
  if (recent.some((line) => line.length !== recent[0]?.length))
    throw new ModelError(`${where}.recent has lines of different lengths`);
  return {
    metrics,
    recent,
    covariance,
    ...readFields(saved, ['median', 'ninetieth', 'count'], where),
  };
}

/** Of numbers; those saved as an array are older. */
function readLine(input: unknown, where: string): number[] {
  if (typeof input !== 'string') return readNumbers(input, where);
  return readNumbers([...new Float64Array(decodeBytes(input, 8, where))], where);
}

function loadEpisode(input: unknown): EpisodeState {
  const saved = readObject(input, 'state.episode');
  return {
    episode: readFields(
      saved.episode,
      ['startMs', 'peakMs', 'peakScore', 'lastMs', 'readingCount'],
      'state.episode.episode',
    ),
    quietCount: readNumber(saved.quietCount, 'state.episode.quietCount'),
  };
}

/** The named numbers of an object. */
function readFields<Name extends string>(
  input: unknown,
  names: readonly Name[],
  where: string,
): Record<Name, number> {
  const saved = readObject(input, where);
  const entries = names.map((name) => [name, readNumber(saved[name], `${where}.${name}`)]);
  return Object.fromEntries(entries) as Record<Name, number>;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ModelError('state is not JSON', { cause });
  }
}
