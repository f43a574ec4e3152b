/** Widths a step of a chart may have. */
const STEPS_MS = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600].map(
  (seconds) => seconds * 1000,
);

/** The narrowest round step, at least `narrowestMs`, with which the span has at most `count` of them. */
export function stepOf(spanMs: number, count = 300, narrowestMs = 0): number {
  const fits = (step: number) => step >= narrowestMs && spanMs / step <= count;
  return STEPS_MS.find(fits) ?? 21_600_000;
}

/** The expression of a step's number; times the width it is the start, epoch ms. Needs `@step_ms`. */
export function stepSql(column: string): string {
  return `DIV(UNIX_MILLIS(${column}), @step_ms)`;
}
