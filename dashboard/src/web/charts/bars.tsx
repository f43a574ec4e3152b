export interface Bar {
  readonly label: string;
  /** 0 or more. */
  readonly value: number;
  /** The value as a person reads it. */
  readonly text: string;
  /** Name of a colour variable, e.g. `--critical`. */
  readonly colour?: string;
}

/** Horizontal bars with their values in words, so the chart is its own table. */
export function Bars({ bars }: { bars: readonly Bar[] }) {
  const most = Math.max(...bars.map((bar) => bar.value), Number.MIN_VALUE);
  return (
    <dl class="bars">
      {bars.map(({ label, value, text, colour = '--series-1' }) => (
        <div key={label}>
          <dt title={label}>{label}</dt>
          <dd>
            <i style={{ width: `${(100 * value) / most}%`, background: `var(${colour})` }} />
            <span>{text}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
