import type { Reading } from '@plumbline/contracts';
import { DATA_SETS, type DataSetName, replay } from '@plumbline/simulator';

/** How a data set is used: what comes before `trainUntilMs` is history, the rest is watched. */
export interface DemoData {
  readonly name: DataSetName;
  readonly history: readonly Reading[];
  readonly watched: readonly Reading[];
  /** Labelled readings this close are one event. */
  readonly gapMs: number;
  /** A fault ends when the device is back to normal: an alert this long after the last label still belongs to it. */
  readonly slackMs: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

/** The share of each set that is history: where its labels leave a quiet beginning. */
const PLANS = {
  // 1,500 readings a mote, the warm-up of the published evaluation of this set.
  motes: { historyMs: 125 * MINUTE_MS, gapMs: MINUTE_MS, slackMs: 2 * MINUTE_MS },
  // 15 %, NAB's probation period. Its windows already reach beyond the failures; a week is missing inside one.
  office: { historyMs: 45 * DAY_MS, gapMs: 14 * DAY_MS, slackMs: 0 },
} as const satisfies Record<DataSetName, { historyMs: number; gapMs: number; slackMs: number }>;

/**
 * The shipped data sets, their time shifted by whole days so that each ends within the day before `nowMs`: minutes and
 * hours of the day stay as recorded, so every run gives the same counts.
 */
export async function loadDemoData(nowMs: number): Promise<DemoData[]> {
  return Promise.all(
    (Object.keys(PLANS) as DataSetName[]).map(async (name) => {
      const { historyMs, gapMs, slackMs } = PLANS[name];
      const dataSet = await DATA_SETS[name].load();
      const [firstMs = 0] = dataSet.timeMs;
      const lastMs = dataSet.timeMs[dataSet.rowCount - 1] ?? 0;
      const startMs = firstMs + Math.floor((nowMs - lastMs) / DAY_MS) * DAY_MS;
      const readings = [...replay(dataSet, { time: { startMs } })];
      const untilMs = startMs + historyMs;
      return {
        name,
        gapMs,
        slackMs,
        history: readings.filter(({ measuredAtMs }) => measuredAtMs < untilMs),
        watched: readings.filter(({ measuredAtMs }) => untilMs <= measuredAtMs),
      };
    }),
  );
}
