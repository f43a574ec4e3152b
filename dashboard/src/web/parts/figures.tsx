export type Figure = readonly [label: string, value: string, note: string, unit?: string];

/** Characters that fit in the size of a figure; a version's name is longer. */
const WIDE = 14;

/** A row of figures with their names. */
export function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl class="figures">
      {figures.map(([label, value, note, unit]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            <b class={value.length > WIDE ? 'long' : undefined}>
              {value} {unit && <small>{unit}</small>}
            </b>
            <span>{note}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Stands where figures will be. */
export function NoFiguresYet() {
  return <div class="figures skeleton" aria-hidden="true" />;
}
