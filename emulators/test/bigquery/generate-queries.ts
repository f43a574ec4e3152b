/** Queries over a few rows, by area. `random` gives [0, 1). */
export const QUERY_AREAS: Readonly<Record<string, (random: () => number) => string>> = {
  windows: generateWindow,
  aggregates: generateAggregate,
  'arrays and structs': generateArray,
  JSON: generateJson,
  'dates and time zones': generateTime,
  'regular expressions': generateRegexp,
  'numbers at their edges': generateNumber,
};

const COLUMNS = {
  g: ["'a'", "'b'", "''", 'NULL'],
  v: ['0', '1', '2', '3', '-5', 'NULL'],
  f: ['0.0', '1.5', '-2.25', '1e3', "CAST('nan' AS FLOAT64)", "CAST('-inf' AS FLOAT64)", 'NULL'],
  b: ['TRUE', 'FALSE', 'NULL'],
  d: ["DATE '2026-01-01'", "DATE '2026-01-31'", "DATE '2024-02-29'", 'NULL'],
  t: [
    "TIMESTAMP '2026-03-29 00:30:00+00'",
    "TIMESTAMP '2026-03-29 01:00:00.25+00'",
    "TIMESTAMP '1969-12-31 23:59:59+00'",
    'NULL',
  ],
  n: ["NUMERIC '1.25'", "NUMERIC '-0.000000001'", "NUMERIC '7'", 'NULL'],
} as const;
const TYPES = 'i INT64, g STRING, v INT64, f FLOAT64, b BOOL, d DATE, t TIMESTAMP, n NUMERIC';
const NAMES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];

function dice(random: () => number) {
  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(random() * items.length)] as Item;
  const chance = (share: number): boolean => random() < share;
  const upTo = (most: number): number => Math.floor(random() * (most + 1));
  const times = <Item>(count: number, make: (index: number) => Item): Item[] =>
    Array.from({ length: count }, (_, index) => make(index));
  return { pick, chance, upTo, times };
}

/** `i` tells the rows apart. */
function table(random: () => number): string {
  const { pick, upTo, times } = dice(random);
  const rows = times(
    1 + upTo(6),
    (i) => `(${i}, ${NAMES.map((n) => pick(COLUMNS[n])).join(', ')})`,
  );
  return `UNNEST(ARRAY<STRUCT<${TYPES}>>[${rows.join(', ')}])`;
}

function generateWindow(random: () => number): string {
  const { pick, chance, upTo } = dice(random);
  const column = pick(NAMES);
  const partition = chance(0.5)
    ? `PARTITION BY ${pick(['g', 'b', 'd', 'g, b', 'MOD(i, 2)'])} `
    : '';
  const direction = pick(['', ' DESC', ' NULLS LAST', ' DESC NULLS FIRST']);
  const unique = `ORDER BY ${pick(['v', 'n', 'd', 't', 'g'])}${direction}, i`;
  const rowBound = pick(['UNBOUNDED PRECEDING', `${upTo(3)} PRECEDING`, 'CURRENT ROW']);
  const rowEnd = pick(['UNBOUNDED FOLLOWING', `${upTo(3)} FOLLOWING`, 'CURRENT ROW']);
  const frame = pick(['', ` ROWS ${rowBound}`, ` ROWS BETWEEN ${rowBound} AND ${rowEnd}`]);
  const range = `RANGE BETWEEN ${upTo(3)} PRECEDING AND ${pick(['CURRENT ROW', `${upTo(2)} FOLLOWING`])}`;
  const over = `(${partition}${unique})`;
  const call = pick([
    () =>
      `${pick(['ROW_NUMBER', 'RANK', 'DENSE_RANK', 'PERCENT_RANK', 'CUME_DIST'])}() OVER (${partition}ORDER BY ${pick(['v', 'd', 'g'])}${direction}${chance(0.5) ? ', i' : ''})`.replace(
        /ROW_NUMBER\(\) OVER \(.*\)$/,
        `ROW_NUMBER() OVER ${over}`,
      ),
    () => `NTILE(${1 + upTo(4)}) OVER ${over}`,
    () => `${pick(['LAG', 'LEAD'])}(${column}${pick(['', ', 1', ', 2'])}) OVER ${over}`,
    () => `${pick(['LAG', 'LEAD'])}(v, ${1 + upTo(2)}, ${pick(['-1', 'NULL', '7'])}) OVER ${over}`,
    () =>
      `${pick(['FIRST_VALUE', 'LAST_VALUE'])}(${column}${pick(['', ' IGNORE NULLS', ' RESPECT NULLS'])}) OVER (${partition}${unique}${frame})`,
    () =>
      `NTH_VALUE(${column}, ${1 + upTo(3)}${pick(['', ' IGNORE NULLS'])}) OVER (${partition}${unique}${frame})`,
    () =>
      `${pick(['SUM', 'AVG', 'MIN', 'MAX', 'COUNT'])}(${pick(['v', 'i', 'n'])}) OVER (${partition}${unique}${frame})`.replace(
        'AVG(n)',
        'AVG(v)',
      ),
    () =>
      `${pick(['MIN', 'MAX'])}(${pick(['d', 't', 'g', 'f'])}) OVER (${partition}${unique}${frame})`,
    () =>
      `${pick(['COUNTIF(b)', 'LOGICAL_AND(b)', 'LOGICAL_OR(b)', 'COUNT(*)', 'COUNT(g)'])} OVER (${partition}${unique}${frame})`,
    () =>
      `${pick(['SUM(v)', 'COUNT(*)', 'MAX(i)', 'AVG(i)'])} OVER (${partition}ORDER BY ${pick(['i', 'v'])} ${pick(['', 'DESC '])}${range})`,
    () => `STRING_AGG(g, '-') OVER (${partition}${unique}${frame})`,
    () => `ARRAY_AGG(i) OVER (${partition}${unique}${frame})`,
    () => `COUNT(DISTINCT v) OVER (${partition.trim()})`,
    () =>
      `PERCENTILE_CONT(${pick(['v', 'i'])}, ${pick(['0', '0.25', '0.5', '0.9', '1'])}${pick(['', ' IGNORE NULLS'])}) OVER (${partition.trim()})`,
    () =>
      `PERCENTILE_DISC(${pick(['v', 'd', 'g'])}, ${pick(['0', '0.25', '0.5', '0.9', '1'])}) OVER (${partition.trim()})`,
    () => `STDDEV_POP(v) OVER (${partition}${unique}${frame})`,
  ])();
  if (chance(0.15))
    return `SELECT i FROM ${table(random)} WHERE TRUE QUALIFY ROW_NUMBER() OVER ${over} <= ${1 + upTo(2)} ORDER BY i`;
  return `SELECT i, ${call} AS x FROM ${table(random)} ORDER BY i`;
}

function generateAggregate(random: () => number): string {
  const { pick, chance, upTo, times } = dice(random);
  const any = (): string => pick(NAMES);
  const distinct = (): string => pick(['', '', 'DISTINCT ']);
  const order = (): string =>
    ` ORDER BY ${pick(['v', 'd', 'g', 't'])}${pick(['', ' DESC', ' NULLS LAST'])}, i`;
  const aggregate = (): string =>
    pick([
      () => `COUNT(${distinct()}${pick(['g', 'v', 'b', 'd', 't', 'n'])})`,
      () => `SUM(${distinct()}${pick(['v', 'n'])})`,
      () => `SUM(f)`,
      () => `AVG(${distinct()}v)`,
      () => `${pick(['MIN', 'MAX'])}(${any()})`,
      () => `APPROX_COUNT_DISTINCT(${pick(['g', 'v', 'b', 'd', 't', 'n'])})`,
      () => `${pick(['VAR_SAMP', 'VAR_POP', 'STDDEV_SAMP', 'STDDEV_POP'])}(${pick(['v', 'i'])})`,
      () => `${pick(['CORR', 'COVAR_SAMP', 'COVAR_POP'])}(i, v)`,
      () => `${pick(['BIT_AND', 'BIT_OR', 'BIT_XOR'])}(v)`,
      () => `${pick(['LOGICAL_AND', 'LOGICAL_OR'])}(b)`,
      () => `COUNTIF(${pick(['b', 'v > 1', 'g IS NULL', 'f < 1'])})`,
      () =>
        `ARRAY_AGG(${pick(['i', 'v IGNORE NULLS', 'd IGNORE NULLS', 'g IGNORE NULLS'])}${order()}${pick(['', ' LIMIT 2'])})`,
      () => `STRING_AGG(g${pick(['', ", '+'"])}${order()}${pick(['', ' LIMIT 2'])})`,
      () => `ANY_VALUE(i HAVING ${pick(['MAX', 'MIN'])} i)`,
      () => `${pick(['MAX_BY', 'MIN_BY'])}(${any()}, i)`,
      () => `ARRAY_AGG(DISTINCT v IGNORE NULLS ORDER BY v)`,
      () => `APPROX_QUANTILES(i, 1)`,
    ])();
  const keys = pick([['g'], ['b'], ['d'], ['MOD(v, 2)'], ['g', 'b'], ['v IS NULL'], ['n', 'g']]);
  const list = times(1 + upTo(2), (index) => `${aggregate()} AS x${index}`).join(', ');
  if (chance(0.3))
    return `SELECT ${list} FROM ${table(random)}${chance(0.3) ? ' WHERE FALSE' : ''}`;
  const names = keys.map((_, index) => `k${index}`).join(', ');
  const having = chance(0.2) ? ` HAVING COUNT(*) > ${upTo(2)}` : '';
  const named = keys.map((key, index) => `${key} AS k${index}`).join(', ');
  return `SELECT ${named}, ${list} FROM ${table(random)} GROUP BY ${names}${having} ORDER BY ${names}`;
}

function generateArray(random: () => number): string {
  const { pick, chance, upTo, times } = dice(random);
  const item = (): string => pick(['0', '1', '2', '3', '-1', 'NULL']);
  const text = (): string => pick(["'a'", "'b'", "''", "'ä'", 'NULL']);
  const ints = (depth = 1): string =>
    pick([
      () => `ARRAY<INT64>[${times(upTo(4), item).join(', ')}]`,
      () => `GENERATE_ARRAY(${upTo(3)}, ${upTo(5)}${pick(['', ', 1', ', 2', ', -1'])})`,
      () => (depth === 0 ? 'CAST(NULL AS ARRAY<INT64>)' : `ARRAY_REVERSE(${ints(depth - 1)})`),
      () => (depth === 0 ? '[1]' : `ARRAY_CONCAT(${ints(depth - 1)}, ${ints(depth - 1)})`),
      () =>
        depth === 0
          ? '[1, 2]'
          : `ARRAY(SELECT x ${pick(['', '+ 1 '])}FROM UNNEST(${ints(depth - 1)}) AS x ${pick(['', 'WHERE x > 0 '])}ORDER BY x ${pick(['', 'DESC '])})`,
    ])();
  const strings = (): string => `ARRAY<STRING>[${times(upTo(4), text).join(', ')}]`;
  const position = pick(['OFFSET', 'ORDINAL', 'SAFE_OFFSET', 'SAFE_ORDINAL']);
  const struct = (): string => `STRUCT<a INT64, b STRING>(${item()}, ${text()})`;
  const expression = pick([
    () => `TO_JSON_STRING(${ints(2)})`,
    () => `ARRAY_LENGTH(${ints(2)})`,
    () => `${ints(0)}[${position}(${upTo(4)})]`,
    () => `ARRAY_TO_STRING(${strings()}, ${pick(["','", "''", 'NULL'])}${pick(['', ", '?'"])})`,
    () => `${item()} IN UNNEST(${ints()})`,
    () => `EXISTS(SELECT 1 FROM UNNEST(${ints()}) AS x WHERE x ${pick(['= 1', '> 2', 'IS NULL'])})`,
    () =>
      `(SELECT ${pick(['SUM(x)', 'MAX(x)', 'COUNT(*)', 'COUNT(x)', 'ARRAY_AGG(x IGNORE NULLS ORDER BY x)'])} FROM UNNEST(${ints()}) AS x)`,
    () =>
      `(SELECT STRING_AGG(x || CAST(o AS STRING), '/' ORDER BY o) FROM UNNEST(${strings()}) AS x WITH OFFSET AS o)`,
    () =>
      `ARRAY(SELECT AS STRUCT x, o FROM UNNEST(${ints()}) AS x WITH OFFSET AS o ORDER BY o ${pick(['', 'DESC'])})`,
    () => `[${struct()}, ${struct()}]`,
    () => `${struct()}.${pick(['a', 'b'])}`,
    () => `${struct()} ${pick(['=', '!='])} ${struct()}`,
    () =>
      `STRUCT<a INT64, b STRING>(${item()}, ${text()}) IN (STRUCT<a INT64, b STRING>(${item()}, ${text()}), ${struct()})`,
    () =>
      `TO_JSON_STRING(${pick([struct(), ints(), `STRUCT(${ints()} AS l, ${struct()} AS s)`, strings()])})`,
    () =>
      `TO_JSON_STRING(ARRAY(SELECT s.a FROM UNNEST(ARRAY<STRUCT<a INT64, b STRING>>[(${item()}, ${text()}), (${item()}, ${text()})]) AS s ${pick(['', 'WHERE s.b IS NOT NULL '])}ORDER BY s.a))`,
    () => `ARRAY_${pick(['FIRST', 'LAST'])}(${ints()})`,
    () => `TO_JSON_STRING(ARRAY(SELECT DISTINCT x FROM UNNEST(${ints()}) AS x ORDER BY x))`,
    () => `SPLIT(${pick(["'a,b,,c'", "''", "'a-b'"])}, ${pick(["','", "''", "'-'"])})`,
  ])();
  if (chance(0.25)) {
    const join = pick(['CROSS JOIN', 'INNER JOIN', 'LEFT JOIN']);
    const on = join === 'CROSS JOIN' ? '' : ' ON y = x';
    return `SELECT x, y FROM UNNEST(${ints()}) AS x ${join} UNNEST(${ints()}) AS y${on} ORDER BY x, y`;
  }
  return `SELECT ${expression} AS x`;
}

function generateJson(random: () => number): string {
  const { pick, times, upTo } = dice(random);
  const scalar = (): string =>
    pick([
      '1',
      '-2.5',
      '1e3',
      '0.1',
      '9007199254740993',
      '"x"',
      '""',
      '"\\u00e4\\"q"',
      'true',
      'null',
      '"12"',
    ]);
  const value = (depth: number): string => {
    if (depth === 0) return scalar();
    return pick([
      scalar,
      () => `[${times(upTo(3), () => value(depth - 1)).join(pick([',', ', ']))}]`,
      () =>
        `{${['a', 'b', 'c d']
          .slice(0, upTo(3))
          .map((key) => `"${key}":${value(depth - 1)}`)
          .join(', ')}}`,
    ])();
  };
  const document = value(3).replaceAll("'", '');
  const source = pick([`JSON r'${document}'`, `r'${document}'`]);
  const json = `JSON r'${document}'`;
  const path = `'$${times(upTo(3), () => pick(['.a', '.b', '[0]', '[1]'])).join('')}'`;
  return `SELECT ${pick([
    () => `JSON_VALUE(${source}, ${path})`,
    () => `JSON_QUERY(${source}, ${path})`,
    () => `JSON_QUERY_ARRAY(${source}, ${path})`,
    () => `TO_JSON_STRING(JSON_VALUE_ARRAY(${source}, ${path}))`,
    () => `JSON_EXTRACT(${source}, ${path})`,
    () => `JSON_EXTRACT_SCALAR(${source}, ${path})`,
    () => `TO_JSON_STRING(${json})`,
    () => `JSON_TYPE(${json})`,
    () => `JSON_TYPE(JSON_QUERY(${json}, ${path}))`,
    () => `${pick(['INT64', 'FLOAT64', 'BOOL', 'STRING'])}(JSON_QUERY(${json}, ${path}))`,
    () => `${json}.a`,
    () => `${json}.a[0]`,
    () => `TO_JSON_STRING(PARSE_JSON(r'${document}'))`,
    () =>
      `TO_JSON(STRUCT(${pick(['1', "'x'", '0.5', 'TRUE', "DATE '2026-01-02'", '[1, 2]', 'CAST(NULL AS STRING)'])} AS a))`,
    () =>
      `TO_JSON_STRING(ARRAY(SELECT JSON_VALUE(e, '$.a') FROM UNNEST(JSON_QUERY_ARRAY(${source}, ${path})) AS e))`,
  ])()} AS x`;
}

function generateTime(random: () => number): string {
  const { pick } = dice(random);
  const zone = (): string =>
    pick([
      "'UTC'",
      "'America/New_York'",
      "'Asia/Kolkata'",
      "'Europe/London'",
      "'Australia/Lord_Howe'",
      "'+05:45'",
      "'-03'",
    ]);
  const instant = (): string =>
    `TIMESTAMP '${pick(['2026-03-29 00:59:59.999999', '2026-03-29 01:00:00', '2026-10-25 00:30:00', '2026-10-25 01:30:00', '2026-03-08 07:00:00', '2026-11-01 05:59:59', '2026-11-01 06:00:00', '2024-02-29 12:00:00', '2025-12-29 03:04:05.678', '1969-12-31 23:59:59.5', '1950-06-15 12:00:00', '9999-12-31 23:59:59'])}+00'`;
  const local = (): string =>
    pick([
      '2026-03-29 01:30:00',
      '2026-10-25 01:30:00',
      '2026-03-08 02:30:00',
      '2026-11-01 01:30:00',
      '2024-02-29 23:59:59.999999',
      '2025-12-28 00:00:00',
      '1969-12-31 00:00:01',
    ]);
  const datetime = (): string => `DATETIME '${local()}'`;
  const date = (): string => `DATE '${local().slice(0, 10)}'`;
  const part = pick([
    'MICROSECOND',
    'MILLISECOND',
    'SECOND',
    'MINUTE',
    'HOUR',
    'DAY',
    'WEEK',
    'WEEK(WEDNESDAY)',
    'WEEK(SATURDAY)',
    'ISOWEEK',
    'MONTH',
    'QUARTER',
    'YEAR',
    'ISOYEAR',
  ]);
  const big = pick([
    'DAY',
    'WEEK',
    'WEEK(MONDAY)',
    'WEEK(THURSDAY)',
    'ISOWEEK',
    'MONTH',
    'QUARTER',
    'YEAR',
    'ISOYEAR',
  ]);
  const amount = pick(['0', '1', '-1', '3', '13', '-25', '400', '1000000']);
  const read = pick([
    'YEAR',
    'QUARTER',
    'MONTH',
    'WEEK',
    'WEEK(TUESDAY)',
    'ISOWEEK',
    'ISOYEAR',
    'DAY',
    'DAYOFWEEK',
    'DAYOFYEAR',
    'HOUR',
    'MINUTE',
    'SECOND',
    'MILLISECOND',
    'MICROSECOND',
  ]);
  const element = (): string =>
    pick([
      '%Y',
      '%m',
      '%d',
      '%H',
      '%M',
      '%S',
      '%E3S',
      '%E*S',
      '%F',
      '%T',
      '%R',
      '%D',
      '%j',
      '%a',
      '%A',
      '%b',
      '%B',
      '%u',
      '%w',
      '%y',
      '%I',
      '%p',
      '%G',
      '%V',
      '%e',
      '%k',
      '%%',
      '%Q',
      '%C',
      '%U',
      '%W',
      '%s',
    ]);
  const format = `'${[element(), element(), element()].join(pick(['-', ' ', '', '/']))}'`;
  return `SELECT ${pick([
    () => `TIMESTAMP_TRUNC(${instant()}, ${part}, ${zone()})`,
    () => `TIMESTAMP_TRUNC(${instant()}, ${part})`,
    () => `DATETIME_TRUNC(${datetime()}, ${part})`,
    () => `DATE_TRUNC(${date()}, ${big})`,
    () => `DATETIME(${instant()}, ${zone()})`,
    () => `DATE(${instant()}, ${zone()})`,
    () => `TIME(${instant()}, ${zone()})`,
    () => `TIMESTAMP(${datetime()}, ${zone()})`,
    () => `TIMESTAMP(${date()}, ${zone()})`,
    () => `TIMESTAMP('${local()}', ${zone()})`,
    () => `EXTRACT(${read} FROM ${instant()} AT TIME ZONE ${zone()})`,
    () => `EXTRACT(${read} FROM ${datetime()})`,
    () => `EXTRACT(${pick(['DATE', 'TIME', 'DATETIME'])} FROM ${instant()} AT TIME ZONE ${zone()})`,
    () => `STRING(${instant()}, ${zone()})`,
    () => `FORMAT_TIMESTAMP(${format}, ${instant()}, ${zone()})`,
    () => `FORMAT_DATETIME(${format}, ${datetime()})`,
    () =>
      `FORMAT_DATE(${pick(["'%F'", "'%Y%m%d'", "'%A %d %B %Y'", "'%G-W%V-%u'", "'Q%Q %y'", "'%j'"])}, ${date()})`,
    () =>
      `TIMESTAMP_${pick(['ADD', 'SUB'])}(${instant()}, INTERVAL ${amount} ${pick(['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR', 'DAY'])})`,
    () =>
      `DATETIME_${pick(['ADD', 'SUB'])}(${datetime()}, INTERVAL ${amount} ${pick(['SECOND', 'HOUR', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'])})`,
    () =>
      `DATE_${pick(['ADD', 'SUB'])}(${date()}, INTERVAL ${amount} ${pick(['DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'])})`,
    () =>
      `TIMESTAMP_DIFF(${instant()}, ${instant()}, ${pick(['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR', 'DAY'])})`,
    () => `DATETIME_DIFF(${datetime()}, ${datetime()}, ${part})`,
    () => `DATE_DIFF(${date()}, ${date()}, ${big})`,
    () =>
      `LAST_DAY(${date()}, ${pick(['MONTH', 'QUARTER', 'YEAR', 'WEEK', 'WEEK(MONDAY)', 'ISOWEEK'])})`,
    () =>
      `CAST('${local()}${pick(['', '+02', '-05:30', ' Asia/Tokyo', 'Z', ' UTC'])}' AS TIMESTAMP)`,
    () => `CAST(${instant()} AS STRING)`,
    () => `PARSE_TIMESTAMP('%F %H:%M:%S', '${local().slice(0, 19)}', ${zone()})`,
    () =>
      `PARSE_DATE(${pick(["'%F', '2026-02-28'", "'%Y%m%d', '20260131'", "'%d/%m/%Y', '31/12/2025'", "'%b %d %Y', 'Feb 9 2026'", "'%F', '2026-02-30'", "'%Y-%j', '2024-366'", "'%m/%d/%y', '01/02/69'"])})`,
    () =>
      `PARSE_TIMESTAMP('%Y-%m-%dT%H:%M:%E*S%Ez', '2026-03-29T01:02:03.25${pick(['+00:00', '-03:30', '+14:00'])}')`,
    () =>
      `GENERATE_DATE_ARRAY(${date()}, DATE_ADD(${date()}, INTERVAL 40 DAY), INTERVAL ${pick(['15 DAY', '1 WEEK', '1 MONTH', '-1 DAY'])})`.replace(
        /DATE '(.*?)', DATE_ADD\(DATE '.*?'/,
        "DATE '$1', DATE_ADD(DATE '$1'",
      ),
    () => `UNIX_${pick(['SECONDS', 'MILLIS', 'MICROS'])}(${instant()})`,
    () =>
      `TIMESTAMP_${pick(['SECONDS', 'MILLIS', 'MICROS'])}(${pick(['0', '-1', '1774746000', '-62135596800'])})`,
    () => `DATETIME(${date()}, TIME '${local().slice(11)}')`,
  ])()} AS x`;
}

function generateRegexp(random: () => number): string {
  const { pick } = dice(random);
  const atom = (): string =>
    pick([
      'a',
      'b',
      '.',
      '[a-c]',
      '[^a]',
      String.raw`\d`,
      String.raw`\w`,
      String.raw`\s`,
      String.raw`\b`,
      '^',
      '$',
      'ä',
      '[[:alpha:]]',
      String.raw`\pL`,
      '(?i)A',
    ]);
  const many = (): string => pick(['', '', '*', '+', '?', '{2}', '{1,2}', '*?', '+?']);
  const piece = (): string => {
    const one = atom();
    return /^(\\b|\^|\$|\(\?i\)A)$/.test(one) ? one : `${one}${many()}`;
  };
  const plain = [piece(), piece()].join('');
  const pattern = pick([
    plain,
    `${plain}|${piece()}`,
    `(${plain})`,
    `(${piece()})${piece()}`,
    `(?:${plain})`,
  ]);
  const subject = pick([
    "'abcab'",
    "'aab 12'",
    "''",
    "'Ababä b'",
    String.raw`'a\nb'`,
    "'foo@bar.com'",
    'CAST(NULL AS STRING)',
  ]);
  const group =
    pattern.includes('(') && !pattern.includes('(?') ? String.raw`<\1>` : String.raw`[\0]`;
  return `SELECT ${pick([
    () => `REGEXP_CONTAINS(${subject}, r'${pattern}')`,
    () => `REGEXP_EXTRACT(${subject}, r'${pattern}')`,
    () =>
      `REGEXP_EXTRACT(${subject}, r'${pattern}', ${pick(['1', '2', '3'])}, ${pick(['1', '2'])})`,
    () => `REGEXP_EXTRACT_ALL(${subject}, r'${pattern}')`,
    () => `REGEXP_REPLACE(${subject}, r'${pattern}', ${pick(["'-'", "''", `r'${group}'`])})`,
    () => `${subject} LIKE ${pick(["'%b%'", "'a_c%'", "'_b%'", "''", "'%'", String.raw`'a\\_%'`])}`,
  ])()} AS x`;
}

function generateNumber(random: () => number): string {
  const { pick, upTo } = dice(random);
  const int = (): string =>
    pick([
      '9223372036854775807',
      '-9223372036854775807',
      '4611686018427387904',
      '3037000500',
      '0',
      '-1',
      '7',
      '1000000007',
      'CAST(NULL AS INT64)',
    ]);
  const float = (): string =>
    pick([
      '1.7976931348623157e308',
      '5e-324',
      '0.1',
      '0.045',
      '2.675',
      '-1.005',
      '1e15',
      '123456789.125',
      '-0.0',
      '1e22',
      '0.5',
      '-2.5',
      "CAST('inf' AS FLOAT64)",
      "CAST('nan' AS FLOAT64)",
      'CAST(NULL AS FLOAT64)',
    ]);
  const numeric = (): string =>
    pick([
      "NUMERIC '99999999999999999999999999999.999999999'",
      "NUMERIC '0.000000001'",
      "NUMERIC '-12.345678905'",
      "NUMERIC '1e20'",
      "NUMERIC '2.5'",
      'CAST(NULL AS NUMERIC)',
    ]);
  const text = (): string =>
    pick([
      "'9223372036854775808'",
      "'-9223372036854775808'",
      "' 12 '",
      "'0x1F'",
      "'1e3'",
      "'.5'",
      "'5.'",
      "'1e400'",
      "'nan'",
      "'-Infinity'",
      "'1_000'",
      "'12345678901234567890.1234567891'",
      "''",
    ]);
  const op = pick(['+', '-', '*']);
  return `SELECT ${pick([
    () => `${int()} ${op} ${int()}`,
    () => `SAFE_${pick(['ADD', 'SUBTRACT', 'MULTIPLY'])}(${int()}, ${int()})`,
    () => `${pick(['DIV', 'MOD'])}(${int()}, ${int()})`,
    () => `-(${int()})`,
    () => `ABS(${pick([int, float, numeric])()})`,
    () => `SIGN(${pick([int, float, numeric])()})`,
    () => `${numeric()} ${op} ${numeric()}`,
    () => `${int()} ${op} ${numeric()}`,
    () => `${int()} / ${int()}`,
    () => `SAFE_DIVIDE(${float()}, ${float()})`,
    () => `IEEE_DIVIDE(${float()}, ${float()})`,
    () => `ROUND(${float().replace('1.7976931348623157e308', '8.345')}, ${upTo(4)})`,
    () => `ROUND(${numeric()}, ${upTo(10) - 3})`,
    () => `${pick(['CEIL', 'FLOOR', 'ROUND', 'TRUNC'])}(${pick([float, numeric])()})`,
    () => `CAST(${float()} AS ${pick(['INT64', 'STRING', 'NUMERIC'])})`,
    () => `CAST(${numeric()} AS ${pick(['INT64', 'STRING', 'FLOAT64'])})`,
    () => `CAST(${int()} AS ${pick(['FLOAT64', 'NUMERIC', 'STRING', 'BOOL'])})`,
    () => `SAFE_CAST(${text()} AS ${pick(['INT64', 'FLOAT64', 'NUMERIC', 'BOOL'])})`,
    () => `CAST(${text()} AS ${pick(['INT64', 'FLOAT64', 'NUMERIC'])})`,
    () => `FORMAT('%${pick(['d', '5d', '-5d', '05d', 'x', '+d', 'i'])}', ${int()})`,
    () => `FORMAT('%${pick(['f', '.2f', '10.3f', '.0f'])}', ${float()})`,
    () => `TO_JSON_STRING(${pick([int, float, numeric])()})`,
    () => `GREATEST(${float()}, ${float()}) ${pick(['=', '<', '>='])} ${float()}`,
    () => `${int()} ${pick(['<<', '>>'])} ${pick(['0', '1', '63', '64', '65'])}`,
    () => `${int()} ${pick(['=', '<', '>', '!='])} ${float()}`,
    () => `(SELECT ${pick(['SUM', 'AVG', 'MAX'])}(x) FROM UNNEST([${int()}, ${int()}]) AS x)`,
    () => `(SELECT ${pick(['MIN', 'MAX'])}(x) FROM UNNEST([${float()}, ${float()}]) AS x)`,
    () => `(SELECT SUM(x) FROM UNNEST([${numeric()}, ${numeric()}]) AS x)`,
    () => `POW(${pick(['2', '10', '-8', '0', '0.5'])}, ${pick(['0', '-1', '3', '1024', '0.5'])})`,
    () => `${pick(['SQRT', 'EXP', 'LN', 'LOG10'])}(${float()})`,
  ])()} AS x`;
}

/** Grouping sets, and the UNION ALL of plain groups that they mean: the reference cannot run them. */
export function generateGroupingSets(random: () => number): { ours: string; google: string } {
  const { pick, upTo, times, chance } = dice(random);
  const types = { g: 'STRING', v: 'INT64', b: 'BOOL', d: 'DATE' };
  const keys = (['g', 'v', 'b', 'd'] as const).slice(upTo(1), 2 + upTo(2));
  const form = pick(['ROLLUP', 'CUBE', 'GROUPING SETS', 'GROUPING SETS']);
  const items: string[][] =
    form !== 'GROUPING SETS' && chance(0.6)
      ? keys.map((key) => [key])
      : times(1 + upTo(2), () => keys.filter(() => chance(0.6)));
  const some = form === 'GROUPING SETS' ? items : items.filter((item) => 0 < item.length);
  const list = some.length === 0 ? [[keys[0] as string]] : some;
  const rolled = (parts: string[][]): string[][] =>
    [...parts.keys(), parts.length].toReversed().map((end) => parts.slice(0, end).flat());
  const cubed = (parts: string[][]): string[][] =>
    parts.reduce<string[][]>((sets, part) => sets.flatMap((set) => [[...set, ...part], set]), [[]]);
  const sets = form === 'ROLLUP' ? rolled(list) : form === 'CUBE' ? cubed(list) : list;
  const used = keys.filter((key) => list.some((item) => item.includes(key)));
  const from = table(random);
  const sums = 'COUNT(*) AS n, SUM(i) AS s, MAX(v) AS m';
  const order = times(2 * used.length + 3, (index) => index + 1).join(', ');
  const texts = list.map((item) => (item.length === 1 ? item[0] : `(${item.join(', ')})`));
  const shown = used.map((key) => `${key} AS k_${key}, GROUPING(${key}) AS is_${key}`);
  const plain = sets.map((set) => {
    const columns = used.map((key) =>
      set.includes(key)
        ? `${key} AS k_${key}, 0 AS is_${key}`
        : `CAST(NULL AS ${types[key]}) AS k_${key}, 1 AS is_${key}`,
    );
    const group = set.length === 0 ? '' : ` GROUP BY ${[...new Set(set)].join(', ')}`;
    return `SELECT ${[...columns, sums].join(', ')} FROM ${from}${group}`;
  });
  return {
    ours: `SELECT ${[...shown, sums].join(', ')} FROM ${from} GROUP BY ${form}(${texts.join(', ')}) ORDER BY ${order}`,
    google: `SELECT * FROM (${plain.join(' UNION ALL ')}) ORDER BY ${order}`,
  };
}

/** The same in words that Google's reference implementation knows: it has no approximations. */
export function inExactWords(sql: string): string {
  return sql
    .replace(/APPROX_COUNT_DISTINCT\(/g, 'COUNT(DISTINCT ')
    .replace(
      /APPROX_QUANTILES\((\w+), 1\)/g,
      'IF(COUNT($1) = 0, CAST(NULL AS ARRAY<INT64>), [MIN($1), MAX($1)])',
    )
    .replace(/(MAX|MIN)_BY\((\w+), (\w+)\)/g, 'ANY_VALUE($2 HAVING $1 $3)');
}
