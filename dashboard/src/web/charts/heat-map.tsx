export interface Cell {
  /** From -1 to 1 (two-sided) or 0 to 1: how strong the colour is. Null leaves the cell blank. */
  readonly strength: number | null;
  readonly text: string;
  readonly title?: string;
}

interface HeatMapProps {
  readonly label: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly Cell[] }[];
  /** Leaves out the text of cells where there is no room for it; their titles remain. */
  readonly isSmall?: boolean;
}

/** A table whose cells are coloured by their value. Blue is more, orange is less than nothing. */
export function HeatMap({ label, columns, rows, isSmall }: HeatMapProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="table-scroll" aria-label={label} tabIndex={0}>
      <table class={isSmall ? 'heat small' : 'heat'}>
        <thead>
          <tr>
            <td />
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, cells }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {cells.map((cell, index) => (
                <td
                  key={columns[index]}
                  title={cell.title ?? cell.text}
                  style={{ background: shade(cell.strength) }}
                >
                  <span class={isSmall ? 'hidden' : undefined}>{cell.text.replace(/^-/, '−')}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** At most 60 % of colour, so that text stays readable on it. */
function shade(strength: number | null): string {
  if (strength === null) return 'transparent';
  const colour = strength < 0 ? '--heat-less' : '--heat-more';
  return `color-mix(in srgb, var(${colour}) ${Math.round(Math.min(1, Math.abs(strength)) * 60)}%, transparent)`;
}
