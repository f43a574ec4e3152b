import { Axis, type AxisLabel } from './axis.tsx';
export interface Line {
  readonly name: string;
  /** In time order. */
  readonly points: readonly { readonly atMs: number; readonly value: number }[];
  /** Name of a colour variable. */
  readonly colour: string;
  /** Dashes, so that lines are told apart without colour; empty is solid. */
  readonly dash: string;
  /** Said beside the name. */
  readonly note: string;
}

interface LinesProps {
  readonly summary: string;
  readonly lines: readonly Line[];
  readonly labels: readonly AxisLabel[];
  readonly format: (value: number) => string;
}

const WIDTH = 1000;
const HEIGHT = 160;

/** A few lines on one scale, from the lowest to the highest of all values, with a legend in words. */
export function Lines({ summary, lines, labels, format }: LinesProps) {
  const points = lines.flatMap((line) => line.points);
  const values = points.map((point) => point.value);
  const times = points.map((point) => point.atMs);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const x = (atMs: number) =>
    last > first ? (WIDTH * (atMs - first)) / (last - first) : WIDTH / 2;
  const y = (value: number) =>
    high > low ? HEIGHT - 4 - ((HEIGHT - 8) * (value - low)) / (high - low) : HEIGHT / 2;
  return (
    <figure class="columns">
      <div class="plot">
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={summary}
        >
          {lines.map((line) => (
            <polyline
              key={line.name}
              points={line.points.map(({ atMs, value }) => `${x(atMs)},${y(value)}`).join(' ')}
              fill="none"
              vector-effect="non-scaling-stroke"
              stroke-width="2"
              stroke-dasharray={line.dash}
              style={{ stroke: `var(${line.colour})` }}
            />
          ))}
        </svg>
        <span class="scale">{format(high)}</span>
        <span class="scale low">{format(low)}</span>
      </div>
      <Axis labels={labels} />
      <ul class="legend">
        {lines.map((line) => (
          <li key={line.name}>
            <svg viewBox="0 0 28 4" width="28" height="4" aria-hidden="true">
              <line
                x2="28"
                y1="2"
                y2="2"
                stroke-width="3"
                stroke-dasharray={line.dash}
                style={{ stroke: `var(${line.colour})` }}
              />
            </svg>
            {line.name} <span class="note">{line.note}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}
