import { expect, test } from 'vitest';
import { toCsv, toNdjson } from './export.ts';

const rows = [
  { device_id: '=HYPERLINK("http://x")', measured_at: 0, score: 0.5, note: 'a,"b"\nc', gone: null },
];
const columns = ['device_id', 'measured_at', 'score', 'note', 'gone'];

// RFC 4180; a formula is defused as OWASP's page on CSV injection says.
test('CSV quotes what must be quoted and lets no formula through', () => {
  expect(toCsv(columns, rows)).toBe(
    `device_id,measured_at,score,note,gone\r\n"'=HYPERLINK(""http://x"")",1970-01-01T00:00:00.000Z,0.5,"a,""b""\nc",\r\n`,
  );
});

test('NDJSON has one object a line, times as RFC 3339', () => {
  const [line = '', rest] = toNdjson(columns, rows).split('\n');
  expect(rest).toBe('');
  expect(JSON.parse(line)).toEqual({ ...rows[0], measured_at: '1970-01-01T00:00:00.000Z' });
});
