type Row = Readonly<Record<string, unknown>>;

/** Rows as a table for a terminal; numbers to the right, long texts cut to `maxWidth`. */
export function formatTable(rows: readonly Row[], maxWidth = 60): string {
  const first = rows[0];
  if (first === undefined) return '(no rows)';
  const names = Object.keys(first);
  const cells = rows.map((row) => names.map((name) => cut(formatCell(row[name]), maxWidth)));
  const widths = names.map((name, column) =>
    Math.max(name.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (values: readonly string[], source: Row | undefined) =>
    values
      .map((value, column) => {
        const width = widths[column] ?? 0;
        const isNumber = typeof source?.[names[column] ?? ''] === 'number';
        return isNumber ? value.padStart(width) : value.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [
    line(names, undefined),
    widths.map((width) => '─'.repeat(width)).join('  '),
    ...cells.map((row, index) => line(row, rows[index])),
  ].join('\n');
}

/** A value of the BigQuery client as a person reads it: dates and times are objects with a `value`. */
export function formatCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(value) : value.toPrecision(6);
  if (typeof value !== 'object') return String(value);
  if ('value' in value) return String(value.value);
  return JSON.stringify(value);
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
