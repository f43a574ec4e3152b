import type { Reading } from '@plumbline/contracts';
import { createFleet, PROFILES } from '@plumbline/simulator';

/** Readings of a simulated building as a gateway would send them: in the order of time, with ids of its own. */
export function buildingReadings(count: number, fromMs: number, overMs: number): Reading[] {
  const intervalMs = 60_000;
  const devices = Math.max(1, Math.round(count / (overMs / intervalMs)));
  const fleet = createFleet({ profile: PROFILES.building, devices, intervalMs, faultRate: 0 });
  const readings: Reading[] = [];
  // A little longer, as the division may not come out even.
  for (const reading of fleet.readings({ fromMs, toMs: fromMs + 2 * overMs })) {
    if (readings.push(reading) === count) break;
  }
  return readings;
}
