export interface AxisLabel {
  /** From 0 (left edge) to 1 (right edge). */
  readonly at: number;
  readonly text: string;
}

/** The labels below a chart. Charts say the same to those who cannot see them. */
export function Axis({ labels, isLanes }: { labels: readonly AxisLabel[]; isLanes?: boolean }) {
  return (
    <div class={isLanes ? 'axis lanes-axis' : 'axis'} aria-hidden="true">
      {labels.map(({ at, text }) => (
        <span key={at} style={{ left: `${at * 100}%` }}>
          {text}
        </span>
      ))}
    </div>
  );
}
