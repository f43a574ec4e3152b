export type ExportFormat = 'csv' | 'ndjson';

/**
 * Rows as RFC 4180 CSV. A text that a spreadsheet would take for a formula gets a leading apostrophe:
 * device ids come from devices.
 */
export function toCsv(columns: readonly string[], rows: readonly object[]): string {
  const lines = rows.map((row) =>
    columns.map((column) => csvCell((row as Record<string, unknown>)[column], column)).join(','),
  );
  return `${[columns.join(','), ...lines].join('\r\n')}\r\n`;
}

/** One JSON object a line; times as RFC 3339. */
export function toNdjson(columns: readonly string[], rows: readonly object[]): string {
  return rows
    .map((row) => {
      const pick = columns.map((column) => {
        const value = (row as Record<string, unknown>)[column];
        return [column, isTime(column, value) ? new Date(value).toISOString() : (value ?? null)];
      });
      return `${JSON.stringify(Object.fromEntries(pick))}\n`;
    })
    .join('');
}

/** Hands a text to the browser as a file. */
export function download(name: string, format: ExportFormat, text: string): void {
  const type = format === 'csv' ? 'text/csv' : 'application/x-ndjson';
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function csvCell(value: unknown, column: string): string {
  if (value === null || value === undefined) return '';
  if (isTime(column, value)) return new Date(value).toISOString();
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Columns of times end in `_at`; the API gives them as epoch ms. */
function isTime(column: string, value: unknown): value is number {
  return typeof value === 'number' && (column.endsWith('_at') || column === 'window_start');
}
