import { createFleet } from '../fleet.ts';
import type { Profile } from '../profile.ts';
import { drawDevice } from './picture.ts';

/** At the profiles' own intervals most faults of a week would be thinner than a pixel. */
const INTERVAL_MS = 300_000;
// A Monday, 00:00 UTC.
const FROM_MS = Date.UTC(2026, 2, 2);
const PERIOD = { fromMs: FROM_MS, toMs: FROM_MS + 7 * 86_400_000 };

/** A week of the device of a profile that shows most kinds of fault, as SVG. */
export function drawWeek(profile: Profile): string {
  const fleet = createFleet({ profile, intervalMs: INTERVAL_MS });
  const kindCount = (device: number) =>
    new Set(fleet.faults(device, PERIOD).map(({ kind }) => kind)).size;
  const best = [...fleet.devices.keys()].reduce((best, one) =>
    kindCount(best) < kindCount(one) ? one : best,
  );
  return drawDevice(fleet, best, PERIOD);
}
