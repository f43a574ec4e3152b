import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { DataTable, type TableColumn } from './data-table.tsx';
import { download, type ExportFormat, toCsv, toNdjson } from './export.ts';
import { formatTime } from './format.ts';
import type { PanelState } from './use-panel.ts';
import { useView } from './view.ts';

interface PanelProps<Row extends object> {
  readonly title: string;
  /** One line below the title: what is seen, and its unit. */
  readonly note?: ComponentChildren;
  /** File name of exports. */
  readonly name: string;
  readonly state: PanelState<Row>;
  /** Said instead of the content if there are no rows. */
  readonly empty: ComponentChildren;
  /** The rows behind the chart; those of `state` unless the panel shows others. */
  readonly rows?: readonly object[];
  readonly columns?: readonly string[];
  /** The content is a table already, so no table is offered behind it. */
  readonly isTable?: boolean;
  readonly size?: 'wide' | 'two-thirds' | 'half' | 'third';
  readonly children: ComponentChildren;
}

type Face = 'content' | 'table' | 'queries';

/** A card with a title, its content, the table behind it, exports, its queries, and honest states. */
export function Panel<Row extends object>(props: PanelProps<Row>) {
  const { title, note, name, state, empty, isTable, size = 'half', children } = props;
  const [face, setFace] = useState<Face>('content');
  const rows = props.rows ?? state.data?.rows ?? [];
  const columns = props.columns ?? state.data?.columns ?? [];
  const save = (format: ExportFormat) =>
    download(name, format, format === 'csv' ? toCsv(columns, rows) : toNdjson(columns, rows));
  const turn = (other: Face) => setFace(face === other ? 'content' : other);
  return (
    <section class={`panel ${size}`} aria-label={title} data-panel={name}>
      <header>
        <div>
          <h2>{title}</h2>
          {note && <p class="note">{note}</p>}
        </div>
        {state.data && (
          <div class="tools">
            {state.error && (
              <span class="stale" title={state.error}>
                not updated
              </span>
            )}
            {!isTable && (
              <button type="button" aria-pressed={face === 'table'} onClick={() => turn('table')}>
                Table
              </button>
            )}
            <details class="menu">
              <summary aria-label={`More of ${title}`}>⋯</summary>
              <div>
                <button type="button" onClick={() => save('csv')}>
                  Save as CSV
                </button>
                <button type="button" onClick={() => save('ndjson')}>
                  Save as NDJSON
                </button>
                <button type="button" onClick={() => turn('queries')}>
                  {face === 'queries' ? 'Hide the SQL' : 'Show the SQL'}
                </button>
              </div>
            </details>
          </div>
        )}
      </header>
      {content()}
    </section>
  );

  function content(): ComponentChildren {
    if (!state.data) {
      return state.error ? (
        <p class="failed" role="alert">
          {state.error}
        </p>
      ) : (
        <div class="skeleton" aria-hidden="true" />
      );
    }
    if (face === 'queries') return <Queries queries={state.data.queries} />;
    if (rows.length === 0) return <p class="empty">{empty}</p>;
    if (face === 'table') return <PlainTable title={title} columns={columns} rows={rows} />;
    return children;
  }
}

/** Queries with their parameters, for those who want to run them too. */
export function Queries({ queries }: { queries: readonly { sql: string; params: object }[] }) {
  return (
    <div class="queries">
      {queries.map(({ sql, params }) => (
        <div key={sql}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <pre tabIndex={0}>{sql}</pre>
          <p class="note">
            {Object.entries(params)
              .map(([name, value]) => `@${name} = ${String(value)}`)
              .join(', ')}
          </p>
        </div>
      ))}
    </div>
  );
}

/** Any rows as a table. */
function PlainTable(props: { title: string; columns: readonly string[]; rows: readonly object[] }) {
  const { nowMs } = useView();
  const cell = (row: object, name: string) => (row as Record<string, unknown>)[name];
  const columns = props.columns.map((name): TableColumn<object> => {
    const isTime = name.endsWith('_at');
    const isNumber = props.rows.some((row) => typeof cell(row, name) === 'number') && !isTime;
    return {
      name,
      label: name,
      isNumber,
      value: (row) => {
        const value = cell(row, name);
        if (value === null || value === undefined) return null;
        if (typeof value === 'number') return value;
        return typeof value === 'string' ? value : JSON.stringify(value);
      },
      cell: (row) => {
        const value = cell(row, name);
        if (value === null || value === undefined) return '–';
        if (isTime) return formatTime(Number(value), nowMs);
        if (typeof value === 'number') return String(Math.round(value * 1000) / 1000);
        return typeof value === 'string' ? value : JSON.stringify(value);
      },
    };
  });
  return (
    <DataTable
      label={`Table of ${props.title}`}
      columns={columns}
      rows={props.rows.slice(0, 500)}
      keyOf={(_, index) => String(index)}
    />
  );
}
