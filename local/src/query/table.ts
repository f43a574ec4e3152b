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

/** Rows as comma-separated values, RFC 4180. A text that a spreadsheet would run as a formula gets an apostrophe. */
export function formatCsv(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {});
  const cell = (value: unknown) => {
    const text = typeof value === 'number' ? String(value) : formatCell(value);
    const safe = typeof value !== 'number' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = rows.map((row) => names.map((name) => cell(row[name])).join(','));
  return [names.join(','), ...lines].join('\r\n');
}

/** A value of the BigQuery client as a person reads it: dates and times are objects with a `value`. */
export function formatCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number')
    return String(Number.isInteger(value) ? value : Number(value.toPrecision(6)));
  if (typeof value !== 'object') return String(value);
  if ('value' in value) return String(value.value);
  return JSON.stringify(value);
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
