import type { Episode } from './decision.ts';

/** Ordinary readings after which an episode is over and the next anomaly is a new fault. */
const REFRACTORY = 90;

/** Where a device stands between anomalies. Plain data. */
export interface EpisodeState {
  readonly episode: Episode;
  /** Ordinary readings since the last anomaly. */
  readonly quietCount: number;
}

export interface EpisodeStep {
  readonly state: EpisodeState | null;
  /** The episode that this reading belongs to. */
  readonly episode: Episode | null;
  readonly isStart: boolean;
}

/** Gathers anomalies into episodes: an anomaly extends the episode that is not over yet, or starts one. */
export function followEpisode(
  state: EpisodeState | null,
  atMs: number,
  score: number,
  isAnomaly: boolean,
): EpisodeStep {
  if (!isAnomaly) {
    const quietCount = (state?.quietCount ?? 0) + 1;
    const isOver = state === null || REFRACTORY <= quietCount;
    return { state: isOver ? null : { ...state, quietCount }, episode: null, isStart: false };
  }
  const episode: Episode =
    state === null
      ? { startMs: atMs, peakMs: atMs, peakScore: score, lastMs: atMs, readingCount: 1 }
      : {
          startMs: state.episode.startMs,
          peakMs: state.episode.peakScore < score ? atMs : state.episode.peakMs,
          peakScore: Math.max(state.episode.peakScore, score),
          lastMs: atMs,
          readingCount: state.episode.readingCount + 1,
        };
  return { state: { episode, quietCount: 0 }, episode, isStart: state === null };
}
