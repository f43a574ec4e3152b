/** Values of the column that PIVOT looks at, by type, with the NULL that no value matches. */
const INPUTS: readonly (readonly string[])[] = [
  ["'a'", "'b'", "'c'", 'CAST(NULL AS STRING)'],
  ['1', '2', '-3', 'CAST(NULL AS INT64)'],
  ['TRUE', 'FALSE', 'CAST(NULL AS BOOL)'],
  ["DATE '2026-01-01'", "DATE '2024-02-29'", 'CAST(NULL AS DATE)'],
];
const VALUES: readonly string[] = ['0', '1', '2', '7', '-5', 'CAST(NULL AS INT64)'];
const AGGREGATES: readonly string[] = [
  'SUM(v)',
  'COUNT(*)',
  'COUNT(v)',
  'COUNT(DISTINCT v)',
  'MIN(v)',
  'MAX(v + 1)',
  'AVG(v)',
  'COUNTIF(v > 1)',
  'LOGICAL_AND(v > 0)',
  "STRING_AGG(CAST(v AS STRING), '-' ORDER BY v)",
  'ARRAY_AGG(v IGNORE NULLS ORDER BY v DESC LIMIT 2)',
];

/** A PIVOT or UNPIVOT over a few rows. `random` gives [0, 1). */
export function generatePivot(random: () => number): string {
  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(random() * items.length)] as Item;
  const some = (least: number, most: number, make: (index: number) => string): string[] =>
    Array.from({ length: least + Math.floor(random() * (most - least + 1)) }, (_, index) =>
      make(index),
    );
  const rows = (columns: readonly (readonly [string, readonly string[]])[]): string =>
    some(0, 6, () => columns.map(([, values]) => pick(values)).join(', '))
      .map((row) => `SELECT ${row}`)
      .reduce(
        (all, row) => `${all} UNION ALL ${row}`,
        `SELECT ${columns.map(([name, values]) => `${pick(values)} AS ${name}`).join(', ')}`,
      );
  if (random() < 0.3) {
    const labels = random() < 0.5 ? ['a', 'b', 'c', 'd'] : ["a AS 'first'", "b 'second'", 'c', 'd'];
    const nulls = pick(['', 'INCLUDE NULLS ', 'EXCLUDE NULLS ']);
    const source = rows([
      ['g', ['1', '2']],
      ...['a', 'b', 'c', 'd'].map((name) => [name, VALUES] as const),
    ]);
    const pair = `((x, y) FOR n IN ((a, b) AS 'ab', (c, d)))`;
    const isPair = random() < 0.3;
    const clause = isPair ? pair : `(x FOR n IN (${labels.join(', ')}))`;
    return `SELECT * FROM (${source}) UNPIVOT ${nulls}${clause} ORDER BY 1, 2, 3${isPair ? ', 4' : ''}`;
  }
  const input = pick(INPUTS);
  const isKeyed = random() < 0.7;
  const source = rows([
    ['k', input],
    ['v', VALUES],
    ...(isKeyed ? [['g', ['1', '2', 'CAST(NULL AS INT64)']] as const] : []),
  ]);
  // Without a word of v, it would be a key.
  const aggregates = [
    'MAX(v) AS top',
    ...some(1, 3, (index) => `${pick(AGGREGATES)} AS m${index}`),
  ];
  const values = input.slice(0, 1 + Math.floor(random() * input.length));
  const named = values.map((value, index) => `${value} AS n${index}`);
  const order = isKeyed ? ' ORDER BY g' : '';
  return `SELECT * FROM (${source}) PIVOT (${aggregates.join(', ')} FOR k IN (${named.join(', ')}))${order}`;
}
