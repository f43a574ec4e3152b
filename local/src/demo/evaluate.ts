/** A stretch of time in which a device is known to be faulty. */
export interface LabelledEvent {
  readonly deviceId: string;
  readonly label: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface Alert {
  readonly deviceId: string;
  readonly atMs: number;
}

/** Time during which a device was watched: from its first scored reading to its last. */
export interface Watch {
  readonly deviceId: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface Evaluation {
  readonly eventCount: number;
  readonly foundCount: number;
  /** Events without an alert. */
  readonly missed: readonly LabelledEvent[];
  readonly alertCount: number;
  readonly falseAlarmCount: number;
  readonly deviceDays: number;
  readonly falseAlarmsPerDeviceDay: number;
}

const DAY_MS = 86_400_000;

/**
 * Labelled readings of each device, joined to events where no more than `gapMs` lies between two.
 *
 * `readings` in any order.
 */
export function eventsOf(
  readings: readonly { deviceId: string; atMs: number; label: string }[],
  gapMs: number,
): LabelledEvent[] {
  const events: LabelledEvent[] = [];
  const sorted = [...readings].sort(
    (a, b) => a.deviceId.localeCompare(b.deviceId) || a.atMs - b.atMs,
  );
  for (const { deviceId, atMs, label } of sorted) {
    const last = events.at(-1);
    if (last?.deviceId === deviceId && last.label === label && atMs - last.endMs <= gapMs) {
      events[events.length - 1] = { ...last, endMs: atMs };
    } else {
      events.push({ deviceId, label, startMs: atMs, endMs: atMs });
    }
  }
  return events;
}

/**
 * Compares alerts with what is known to have happened.
 *
 * An event is found by an alert of its device between its start and `slackMs` after its end: a device that
 * comes back to normal is part of the fault. Every alert outside all events is a false alarm. Only events
 * and alerts inside a watch count.
 */
export function evaluate(
  events: readonly LabelledEvent[],
  alerts: readonly Alert[],
  watches: readonly Watch[],
  slackMs: number,
): Evaluation {
  const isWatched = (deviceId: string, startMs: number, endMs: number) =>
    watches.some(
      (watch) => watch.deviceId === deviceId && watch.startMs <= endMs && startMs <= watch.endMs,
    );
  const covers = (event: LabelledEvent, alert: Alert) =>
    event.deviceId === alert.deviceId &&
    event.startMs <= alert.atMs &&
    alert.atMs <= event.endMs + slackMs;
  const known = events.filter(({ deviceId, startMs, endMs }) =>
    isWatched(deviceId, startMs, endMs),
  );
  const raised = alerts.filter(({ deviceId, atMs }) => isWatched(deviceId, atMs, atMs));
  const missed = known.filter((event) => !raised.some((alert) => covers(event, alert)));
  const falseAlarms = raised.filter((alert) => !known.some((event) => covers(event, alert)));
  const deviceDays =
    watches.reduce((sum, { startMs, endMs }) => sum + (endMs - startMs), 0) / DAY_MS;
  return {
    eventCount: known.length,
    foundCount: known.length - missed.length,
    missed,
    alertCount: raised.length,
    falseAlarmCount: falseAlarms.length,
    deviceDays,
    falseAlarmsPerDeviceDay: deviceDays === 0 ? 0 : falseAlarms.length / deviceDays,
  };
}
