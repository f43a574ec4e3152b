import { isShown } from './live-merge.ts';
import type { AnomalyRow, ReadingRow } from './rows.ts';
import { useView } from './view.ts';

/** Rows that arrived over the stream and pass the filters; none while the page does not run live. */
export function useLiveRows(): {
  readonly readings: readonly ReadingRow[];
  readonly anomalies: readonly AnomalyRow[];
} {
  const { address, live } = useView();
  if (address.refresh !== 'live') return NOTHING;
  return {
    readings: live.readings.filter((row) => isShown(row, address)),
    anomalies: live.anomalies.filter(
      (row) =>
        isShown(row, address) &&
        (address.severity === undefined || row.severity === address.severity) &&
        (address.metric === undefined ||
          row.contributions.some((part) => part.metric === address.metric && part.share >= 0.25)),
    ),
  };
}

const NOTHING = { readings: [], anomalies: [] };
