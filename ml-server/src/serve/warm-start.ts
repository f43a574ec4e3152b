import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RuleSet } from '@plumbline/detection';
import type { LoadedModel } from '../model/load-model.ts';
import type { HistoryRow, ReadingHistory } from '../warehouse/reading-history.ts';
import type { DeviceHistory, DeviceMemory } from './device-history.ts';
import { judge } from './judge.ts';

/** Enough for the streaming detectors to know a device. */
const READINGS_PER_DEVICE = 300;
/** About five seconds of work. */
const MAX_READINGS = 20_000;
const SLICE = 32;

/**
 * Reads the recent past of all devices from the warehouse and lets it pass, as if the server had been there:
 * a device that was known before a restart is known after it.
 *
 * Gives the number of readings.
 */
export async function warmHistory(
  warehouse: ReadingHistory,
  history: DeviceHistory,
  model: LoadedModel | null,
  rules: RuleSet,
  range: { readonly fromMs: number; readonly untilMs: number },
): Promise<number> {
  let count = 0;
  let deviceId: string | null = null;
  let memory: DeviceMemory | null = null;
  const rows = warehouse.recentRows(range, { perDevice: READINGS_PER_DEVICE, limit: MAX_READINGS });
  for await (const row of rows) {
    if (row.deviceId !== deviceId) {
      await keep();
      deviceId = row.deviceId;
      memory = null;
    }
    memory = judge(model, rules, memory, toReading(row), row.atMs).memory;
    count++;
    if (count % SLICE === 0) await nextTurn();
  }
  await keep();
  return count;

  async function keep(): Promise<void> {
    if (deviceId !== null && memory !== null) await history.keep(new Map([[deviceId, memory]]));
  }
}

function toReading({ deviceId, metrics, placeType }: HistoryRow) {
  return {
    device_id: deviceId,
    ...metrics,
    ...(placeType !== undefined && { place: { type: placeType } }),
  };
}
