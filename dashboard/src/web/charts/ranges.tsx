export interface Range {
  readonly label: string;
  readonly low: number;
  readonly mean: number;
  readonly high: number;
  /** The three as a person reads them. */
  readonly text: string;
  /** Name of a colour variable. */
  readonly colour: string;
}

/** From lowest to highest with the mean as a mark, all on one scale that need not begin at zero. */
export function Ranges({ ranges }: { ranges: readonly Range[] }) {
  const least = Math.min(...ranges.map((range) => range.low));
  const most = Math.max(...ranges.map((range) => range.high));
  const at = (value: number) => (most > least ? (100 * (value - least)) / (most - least) : 50);
  return (
    <dl class="bars ranged">
      {ranges.map(({ label, low, mean, high, text, colour }) => (
        <div key={label}>
          <dt title={label}>{label}</dt>
          <dd>
            <span class="track">
              <i
                style={{
                  left: `${at(low)}%`,
                  width: `${at(high) - at(low)}%`,
                  background: `color-mix(in srgb, var(${colour}) 45%, transparent)`,
                }}
              />
              <b style={{ left: `${at(mean)}%`, background: `var(${colour})` }} />
            </span>
            <span>{text}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
