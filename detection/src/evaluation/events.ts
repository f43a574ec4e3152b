/** A labelled fault, half-open. */
export interface LabelledEvent {
  readonly startMs: number;
  readonly endMs: number;
}

/** What an operator of one device, or of many together, cares about. */
export interface EventScore {
  readonly eventCount: number;
  readonly foundCount: number;
  /** Alerts outside all events. */
  readonly falseAlarmCount: number;
  /** From the start of each found event to its first anomaly, ascending. */
  readonly delaysMs: readonly number[];
}

/**
 * Scores alerts and anomalies of one device against its labelled events.
 *
 * - an event is found when an anomaly lies in it, or within `graceMs` after it: what ends a fault (a silence,
 *   a jump back) shows on the reading that follows
 * - an alert is false when it lies in no event nor its grace: several alerts in one event are not false
 */
export function scoreEvents(
  events: readonly LabelledEvent[],
  anomaliesMs: readonly number[],
  alertsMs: readonly number[],
  graceMs: number,
): EventScore {
  const isIn = (event: LabelledEvent, atMs: number) =>
    event.startMs <= atMs && atMs < event.endMs + graceMs;
  const delays = events.flatMap((event) => {
    const first = anomaliesMs.find((atMs) => isIn(event, atMs));
    return first === undefined ? [] : [first - event.startMs];
  });
  return {
    eventCount: events.length,
    foundCount: delays.length,
    falseAlarmCount: alertsMs.filter((atMs) => !events.some((event) => isIn(event, atMs))).length,
    delaysMs: delays.sort((a, b) => a - b),
  };
}

/** The scores of several devices as one. */
export function addEventScores(scores: readonly EventScore[]): EventScore {
  const sum = (pick: (score: EventScore) => number) =>
    scores.reduce((total, score) => total + pick(score), 0);
  return {
    eventCount: sum((score) => score.eventCount),
    foundCount: sum((score) => score.foundCount),
    falseAlarmCount: sum((score) => score.falseAlarmCount),
    delaysMs: scores.flatMap((score) => score.delaysMs).sort((a, b) => a - b),
  };
}
