import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { formatTime } from './format.ts';

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
  readonly columns: readonly TableColumn<NoInfer<Row>>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row, index: number) => string;
  /** What the first cell opens. */
  readonly onOpen?: (row: Row) => void;
  /** Rows that open; all unless given. */
  readonly isOpenable?: (row: Row) => boolean;
}

/** A table that sorts by its headings. Rows are in the given order until a heading is pressed. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, rows, keyOf, onOpen, isOpenable = () => true } = props;
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
                  {place === 0 && onOpen && isOpenable(row) ? (
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

/** A column of numbers, on the right; a dash for what is unknown. */
export function numberColumn<Row>(
  name: string,
  label: string,
  read: (row: Row) => number | null,
  format: (value: number, row: Row) => string,
): TableColumn<Row> {
  return {
    name,
    label,
    isNumber: true,
    value: read,
    cell: (row) => {
      const value = read(row);
      return value === null ? '–' : format(value, row);
    },
  };
}

/** A column of times, epoch ms; a dash for never. */
export function timeColumn<Row>(
  name: string,
  label: string,
  read: (row: Row) => number | null,
  nowMs: number,
): TableColumn<Row> {
  return {
    name,
    label,
    value: read,
    cell: (row) => {
      const atMs = read(row);
      return atMs === null ? '–' : formatTime(atMs, nowMs);
    },
  };
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
