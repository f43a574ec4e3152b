import type { SeverityName } from '../address.ts';

interface GaugeProps {
  readonly score: number;
  readonly threshold: number;
  readonly severity: SeverityName;
}

/** A score beside its threshold. The scale ends at twice the threshold, or beyond if the score does. */
export function Gauge({ score, threshold, severity }: GaugeProps) {
  const most = Math.max(2 * threshold, 1.05 * score, Number.MIN_VALUE);
  const at = (value: number) => `${(100 * value) / most}%`;
  // The name of the threshold moves with it, so that it stays inside at both ends.
  const shift = `translateX(-${at(threshold)})`;
  return (
    <div
      class="gauge"
      role="img"
      aria-label={`Score ${score.toFixed(3)}, threshold ${threshold.toFixed(3)}, ${severity}`}
    >
      <i class={severity} style={{ width: at(score) }} />
      <b style={{ left: at(threshold) }}>
        <span style={{ transform: shift }}>threshold {threshold.toFixed(2)}</span>
      </b>
    </div>
  );
}
