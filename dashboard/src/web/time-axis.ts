import type { AxisLabel } from './charts/axis.tsx';
import { formatTime } from './format.ts';

/** Five labels over a time range, each at 0 to 1. */
export function timeAxis(fromMs: number, toMs: number): readonly AxisLabel[] {
  const isLong = toMs - fromMs > 24 * 3_600_000;
  const isShort = toMs - fromMs < 10 * 60_000;
  return [0, 0.25, 0.5, 0.75, 1].map((at) => {
    const ms = fromMs + at * (toMs - fromMs);
    const text = isLong
      ? new Date(ms).toLocaleDateString('en-GB', {
          day: 'numeric',
          month: 'short',
          hour: '2-digit',
        })
      : new Date(ms).toLocaleTimeString('en-GB', {
          hour: '2-digit',
          minute: '2-digit',
          ...(isShort && { second: '2-digit' }),
        });
    return { at, text };
  });
}

/** A step as a person reads it: `10:40:00, 30 s`. */
export function stepName(startMs: number, stepMs: number, nowMs: number): string {
  const seconds = stepMs / 1000;
  const width =
    seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${seconds / 60} min` : `${seconds / 3600} h`;
  return `${formatTime(startMs, nowMs)}, ${width}`;
}
