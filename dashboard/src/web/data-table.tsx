import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

export interface TableColumn<Row> {
  readonly name: string;
  readonly label: string;
  /** What is shown; text unless given. */
  readonly cell?: (row: Row) => ComponentChildren;
  /** What is sorted by, and shown if there is no `cell`. */
  readonly value: (row: Row) => string | number | null;
  readonly isNumber?: boolean;
}

interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly TableColumn<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row, index: number) => string;
  readonly onOpen?: (row: Row) => void;
}

/** A table that sorts by its headings. Rows are in the given order until a heading is pressed. */
export function DataTable<Row>({ label, columns, rows, keyOf, onOpen }: DataTableProps<Row>) {
  const [sort, setSort] = useState<{ name: string; isUp: boolean }>();
  const column = columns.find(({ name }) => name === sort?.name);
  const sorted = column && sort ? sortRows(rows, column, sort.isUp) : rows;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="table-scroll" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map(({ name, label: heading, isNumber }) => (
              <th
                key={name}
                scope="col"
                class={isNumber ? 'number' : undefined}
                aria-sort={sort?.name !== name ? undefined : sort.isUp ? 'ascending' : 'descending'}
              >
                <button
                  type="button"
                  class="sort"
                  onClick={() => setSort({ name, isUp: sort?.name === name ? !sort.isUp : true })}
                >
                  {heading}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row, index) => (
            <tr key={keyOf(row, index)}>
              {columns.map(({ name, cell, value, isNumber }, place) => (
                <td key={name} class={isNumber ? 'number' : undefined}>
                  {place === 0 && onOpen ? (
                    <button type="button" class="link" onClick={() => onOpen(row)}>
                      {cell ? cell(row) : value(row)}
                    </button>
                  ) : cell ? (
                    cell(row)
                  ) : (
                    (value(row) ?? '–')
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function sortRows<Row>(
  rows: readonly Row[],
  { value }: TableColumn<Row>,
  isUp: boolean,
): readonly Row[] {
  const sign = isUp ? 1 : -1;
  return rows.toSorted((a, b) => {
    const left = value(a);
    const right = value(b);
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    if (typeof left === 'number' && typeof right === 'number') return sign * (left - right);
    return sign * String(left).localeCompare(String(right), 'en', { numeric: true });
  });
}
