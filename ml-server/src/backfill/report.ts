import type { Decision } from '@plumbline/contracts';

/** Counts of readings: of one device, or of all. */
export interface Counts {
  readings: number;
  anomalies: number;
  alerts: number;
  /** Of readings that had a prediction: anomalies of both, of this run only, of that prediction only. */
  both: number;
  onlyHere: number;
  onlyBefore: number;
  /** Readings without a prediction. */
  missing: number;
}

export interface BackfillReport {
  readonly total: Counts;
  readonly devices: Map<string, Counts>;
  /** Predictions written. */
  written: number;
}

/** The devices that are told of one by one, those with most to tell first. */
const MAX_DEVICES_SHOWN = 20;

export function createReport(): BackfillReport {
  return { total: noCounts(), devices: new Map(), written: 0 };
}

export function addVerdict(
  report: BackfillReport,
  deviceId: string,
  { is_anomaly, is_alert }: Decision,
  wasAnomaly: boolean | null,
): void {
  const device = report.devices.get(deviceId) ?? noCounts();
  report.devices.set(deviceId, device);
  for (const counts of [report.total, device]) {
    counts.readings++;
    if (is_anomaly) counts.anomalies++;
    if (is_alert) counts.alerts++;
    if (wasAnomaly === null) counts.missing++;
    else if (is_anomaly && wasAnomaly) counts.both++;
    else if (is_anomaly) counts.onlyHere++;
    else if (wasAnomaly) counts.onlyBefore++;
  }
}

/** The report for people. */
export function reportText({ total, devices, written }: BackfillReport, isDryRun: boolean): string {
  const judgedBefore = total.readings - total.missing;
  const share = total.readings === 0 ? 0 : (100 * total.anomalies) / total.readings;
  const lines = [
    `judged ${total.readings} readings of ${devices.size} devices: ${total.anomalies} anomalies (${share.toFixed(2)} %), ${total.alerts} alerts`,
    isDryRun
      ? `wrote nothing; ${total.missing} readings have no prediction`
      : `wrote ${written} predictions; ${judgedBefore} readings had one`,
    `against the predictions that were there: both ${total.both}, only here ${total.onlyHere}, only there ${total.onlyBefore}, neither ${judgedBefore - total.both - total.onlyHere - total.onlyBefore}`,
  ];
  const told = [...devices]
    .filter(([, one]) => 0 < one.anomalies + one.onlyBefore)
    .sort(([, a], [, b]) => b.anomalies - a.anomalies);
  if (told.length === 0) return lines.join('\n');
  const rows = [
    ['device', 'readings', 'anomalies', 'alerts', 'only here', 'only there'],
    ...told
      .slice(0, MAX_DEVICES_SHOWN)
      .map(([deviceId, one]) => [
        deviceId,
        ...[one.readings, one.anomalies, one.alerts, one.onlyHere, one.onlyBefore].map(String),
      ]),
  ];
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const table = rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths?.[i] ?? 0) : cell.padStart(widths?.[i] ?? 0)))
      .join('  '),
  );
  const more = told.length - MAX_DEVICES_SHOWN;
  return [...lines, '', ...table, ...(0 < more ? [`and ${more} more`] : [])].join('\n');
}

function noCounts(): Counts {
  return { readings: 0, anomalies: 0, alerts: 0, both: 0, onlyHere: 0, onlyBefore: 0, missing: 0 };
}
