import { expect, test } from 'vitest';
import { formatCsv, formatTable } from './table.ts';

test('numbers stand to the right, texts to the left, long ones are cut', () => {
  const rows = [
    { device: 'a', count: 5, at: { value: '2026-11-20T09:00:00Z' }, note: 'x'.repeat(99) },
    { device: 'machine-12', count: 1200, at: null, note: '' },
  ];
  expect(formatTable(rows, 24).split('\n')).toEqual([
    'device      count  at                    note',
    '──────────  ─────  ────────────────────  ────────────────────────',
    `a               5  2026-11-20T09:00:00Z  ${'x'.repeat(23)}…`,
    'machine-12   1200',
  ]);
});

test('no rows are said to be none', () => {
  expect(formatTable([])).toBe('(no rows)');
});

test('CSV keeps numbers whole, quotes what needs it and disarms formulas', () => {
  const rows = [{ name: 'a,"b"', count: -1.23456789, note: '=SUM(A1)' }];
  const [head, line] = formatCsv(rows).split('\r\n');
  expect(head).toBe('name,count,note');
  expect(line).toBe(`"a,""b""",-1.23456789,'=SUM(A1)`);
});
