import { formatCount } from '../format.ts';
import { Axis, type AxisLabel } from './axis.tsx';

export interface Column {
  /** Where the column stands, from 0 (left edge) to 1 (right edge). */
  readonly at: number;
  readonly width: number;
  /** Stacked from the bottom; colours are names of variables. */
  readonly parts: readonly { readonly value: number; readonly colour: string }[];
  /** Shown when the pointer rests on it. */
  readonly title: string;
}

interface ColumnsProps {
  readonly summary: string;
  readonly columns: readonly Column[];
  /** Labels of the horizontal axis, each at 0 to 1. */
  readonly labels: readonly AxisLabel[];
  /** A vertical line with a name, e.g. the threshold. */
  readonly mark?: { readonly at: number; readonly text: string };
  /** Square roots instead of values, so that few are seen beside many. */
  readonly isRooted?: boolean;
  /** How the height of the highest column is written at the top; a count unless given. */
  readonly format?: (value: number) => string;
}

const WIDTH = 600;
const HEIGHT = 150;

/** Stacked columns: counts over time, or a histogram. */
export function Columns(props: ColumnsProps) {
  const { summary, columns, labels, mark, isRooted, format = formatCount } = props;
  const size = (value: number) => (isRooted ? Math.sqrt(value) : value);
  const total = (column: Column) => column.parts.reduce((sum, part) => sum + part.value, 0);
  const highest = Math.max(0, ...columns.map(total));
  const most = Math.max(size(highest), Number.MIN_VALUE);
  return (
    <figure class="columns">
      <div class="plot">
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={summary}
        >
          {columns.map((column) => {
            let below = 0;
            return (
              <g key={column.at}>
                <title>{column.title}</title>
                {column.parts.map(({ value, colour }) => {
                  const from = (HEIGHT * size(below)) / most;
                  below += value;
                  const to = (HEIGHT * size(below)) / most;
                  return (
                    <rect
                      key={colour}
                      x={column.at * WIDTH + 0.5}
                      y={HEIGHT - to}
                      width={Math.max(1.5, column.width * WIDTH - 1)}
                      height={Math.max(0, to - from)}
                      style={{ fill: `var(${colour})` }}
                    />
                  );
                })}
              </g>
            );
          })}
        </svg>
        {highest > 0 && <span class="scale">{format(highest)}</span>}
        {mark && (
          <span class="mark" style={{ left: `${mark.at * 100}%` }}>
            <span>{mark.text}</span>
          </span>
        )}
      </div>
      <Axis labels={labels} />
    </figure>
  );
}
