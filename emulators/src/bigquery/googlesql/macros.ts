import { NUMBER_MARK } from '../json-text.ts';

/**
 * DuckDB macros for what GoogleSQL does differently. Each is one expression, so that DuckDB can fold
 * and push it down like its own functions.
 */
const DATE_TEXT = String.raw`\s*\d{4}-\d{1,2}-\d{1,2}`;
const TIME_TEXT = String.raw`\d{1,2}:\d{1,2}:\d{1,2}(\.\d{0,9})?`;
const ZONE_TEXT = String.raw`\s*(Z|z|UTC|[+-]\d{1,2}(:?\d{2})?|[A-Za-z]+/[A-Za-z_/+-]+)?\s*`;

const refuseCast = (type: string): string =>
  `bq_error('Could not cast literal "' || x || '" to type ${type}')`;
const gate = (pattern: string, value: string, type: string): string =>
  `CASE WHEN regexp_full_match(x, '${pattern}') THEN ${value} WHEN x IS NULL THEN NULL ELSE ${refuseCast(type)} END`;
const badValue = (type: string): string => `bq_error('Bad ${type} value: ' || x)`;

/** A fraction shows as none, three or six digits. */
const fraction = (micros: string, format: (suffix: string) => string): string =>
  `CASE WHEN ${micros} % 1000000 = 0 THEN ${format('')} WHEN ${micros} % 1000 = 0 THEN ${format('.%g')} ELSE ${format('.%f')} END`;

/** May be an exponent, a zero at the end, a negative zero, or more digits than a FLOAT64 holds. */
const ODD_NUMBER = String.raw`[0-9][eE]|\.[0-9]+0|-0|\.[0-9]{15}|[0-9]{16}`;

/** To how many digits a NUMERIC can be rounded so that something changes. */
const DIGITS = Array.from({ length: 38 }, (_, index) => index - 29);

/** What a failing expression's message begins with, so that it can be told from DuckDB's own. */
export const ERROR_MARK = 'bq!';

const MACROS: Readonly<Record<string, string>> = {
  // DuckDB's own error() is volatile, which TRY refuses; a failing cast is not. NULL fits every type.
  'bq_error(m)': `list_extract([NULL], CAST('${ERROR_MARK}' || m AS BIGINT))`,
  // timezone('UTC', …) says the same and takes eighty times as long.
  'bq_to_utc(x)': 'make_timestamp(epoch_us(x))',
  'bq_from_utc(x)': 'make_timestamptz(epoch_us(x))',

  // `+05:45` is a zone of its own, which DuckDB does not know.
  'bq_is_offset(z)': String.raw`regexp_full_match(z, '[+-]\d{1,2}(:\d{2})?')`,
  'bq_offset_micros(z)': `CASE WHEN z[1] = '-' THEN -60000000 ELSE 60000000 END * (60 * CAST(regexp_extract(z, '\\d+') AS BIGINT) + coalesce(TRY_CAST(regexp_extract(z, ':(\\d+)', 1) AS BIGINT), 0))`,
  'bq_local(z, x)':
    'CASE WHEN bq_is_offset(z) THEN make_timestamp(epoch_us(x) + bq_offset_micros(z)) ELSE timezone(z, x) END',
  // A time that clocks show twice is the first of the two: as of the offset of the day before.
  'bq_by_offset_before(z, x)':
    'make_timestamptz(epoch_us(x) - epoch_us(timezone(z, timezone(z, x) - INTERVAL 1 DAY)) + epoch_us(timezone(z, x) - INTERVAL 1 DAY))',
  'bq_instant(z, x)':
    'CASE WHEN bq_is_offset(z) THEN make_timestamptz(epoch_us(x) - bq_offset_micros(z)) WHEN timezone(z, bq_by_offset_before(z, x)) = x THEN bq_by_offset_before(z, x) ELSE timezone(z, x) END',

  // A FLOAT64 that overflows is an error.
  'bq_finite(x, a, b)': `CASE WHEN isinf(x) AND isfinite(a) AND isfinite(b) THEN bq_error('double overflow') ELSE x END`,
  'bq_float_sum(x, most)': `CASE WHEN isinf(x) AND isfinite(most) THEN bq_error('double overflow') ELSE x END`,
  'bq_numeric_sum(x)': `CASE WHEN abs(x) > CAST('99999999999999999999999999999.999999999' AS DECIMAL(38,9)) THEN bq_error('numeric overflow: SUM') ELSE x END`,
  // Past that, DuckDB's printf makes digits up.
  'bq_printable(v)': `CASE WHEN abs(v) >= 1e22 AND isfinite(v) THEN bq_error('FORMAT of numbers from 1e22 on is not supported by the local emulator') ELSE v + 0 END`,
  'bq_from_micros(x)': `CASE WHEN x NOT BETWEEN -62135596800000000 AND 253402300799999999 THEN bq_error('Input value ' || x || ' cannot be converted into a TIMESTAMP') ELSE make_timestamptz(x) END`,
  'bq_hex(v)': `CASE WHEN v < 0 THEN '-' || printf('%x', -v) ELSE printf('%x', v) END`,
  'bq_divide(a, b)': `CASE WHEN b = 0 THEN bq_error('division by zero: ' || printf('%.15g', a) || ' / ' || printf('%.15g', b)) ELSE bq_finite(a / b, a, b) END`,
  'bq_safe_divide(a, b)':
    'CASE WHEN b = 0 OR (isinf(a / b) AND isfinite(a) AND isfinite(b)) THEN NULL ELSE a / b END',
  'bq_div(a, b)': `CASE WHEN b = 0 THEN bq_error('division by zero: ' || a || ' / ' || b) ELSE a // b END`,
  'bq_mod(a, b)': `CASE WHEN b = 0 THEN bq_error('division by zero: MOD(' || a || ', ' || b || ')') ELSE a % b END`,
  'bq_floor_div(a, b)': '((a - ((a % b) + b) % b) // b)',
  'bq_exp(x)': `CASE WHEN isinf(exp(x)) AND NOT isinf(x) THEN bq_error('Floating point error in function: EXP') ELSE exp(x) END`,
  'bq_sinh(x)': `CASE WHEN isinf(sinh(x)) AND NOT isinf(x) THEN bq_error('Floating point overflow in function: SINH') ELSE sinh(x) END`,
  'bq_cosh(x)': `CASE WHEN isinf(cosh(x)) AND NOT isinf(x) THEN bq_error('Floating point overflow in function: COSH') ELSE cosh(x) END`,
  'bq_ln(x)': `CASE WHEN x = '-inf'::DOUBLE THEN 'nan'::DOUBLE ELSE ln(x) END`,
  'bq_log10(x)': `CASE WHEN x = '-inf'::DOUBLE THEN 'nan'::DOUBLE ELSE log10(x) END`,
  ...Object.fromEntries(
    ['sin', 'cos', 'tan', 'asin', 'acos'].map((name) => [
      `bq_${name}(x)`,
      `CASE WHEN isinf(x) THEN 'nan'::DOUBLE ELSE ${name}(x) END`,
    ]),
  ),
  'bq_log(x, y)': `CASE WHEN x IS NULL OR y IS NULL THEN NULL WHEN isnan(x) OR isnan(y) OR isinf(y) OR x = '-inf'::DOUBLE THEN 'nan'::DOUBLE WHEN y = 1 THEN bq_error('Floating point error in function: LOG') ELSE ln(x) / ln(y) END`,
  'bq_pow(x, y)': `CASE WHEN (isinf(pow(x, y)) OR isnan(pow(x, y))) AND isfinite(x) AND isfinite(y) THEN bq_error('Floating point error in function: POW') ELSE pow(x, y) END`,
  // DuckDB rounds x * 10^n, which is itself rounded: where that is a tie, what was lost decides.
  'bq_high(x)': '(134217729 * x - (134217729 * x - x))',
  'bq_product_error(x, y, p)':
    '((bq_high(x) * bq_high(y) - p) + bq_high(x) * (y - bq_high(y)) + (x - bq_high(x)) * bq_high(y) + (x - bq_high(x)) * (y - bq_high(y)))',
  'bq_is_tie(x)': 'abs(x - trunc(x)) = 0.5',
  'bq_round(x, n)': `CASE WHEN n IS NULL THEN NULL WHEN n < -330 THEN CASE WHEN x IS NOT NULL THEN 0 END WHEN NOT isfinite(x) THEN x
    WHEN n BETWEEN 1 AND 22 AND bq_is_tie(x * pow(10, n)) AND bq_product_error(x, pow(10, n), x * pow(10, n)) * sign(x) < 0 THEN trunc(x * pow(10, n)) / pow(10, n)
    WHEN n BETWEEN -22 AND -1 AND bq_is_tie(x / pow(10, -n)) AND bq_product_error(x / pow(10, -n), pow(10, -n), x) * sign(x) > 0 THEN trunc(x / pow(10, -n)) * pow(10, -n)
    ELSE round(x, bq_digits(n)) END`,
  // Of a NUMERIC, DuckDB takes only a constant number of digits.
  'bq_round_numeric(x, n)': `CASE WHEN n IS NULL THEN NULL WHEN n >= 9 THEN x WHEN n < -29 THEN 0 ${DIGITS.map(
    (digits) => `WHEN n = ${digits} THEN CAST(round(x, ${digits}) AS DECIMAL(38,9))`,
  ).join(' ')} END`,
  'bq_sign(x)': 'CASE WHEN isnan(x) THEN x ELSE CAST(sign(x) AS DOUBLE) END',
  // DuckDB counts digits and characters in 32 bits, and its least and greatest skip NULLs.
  'bq_digits(n)': 'CAST(CASE WHEN n > 400 THEN 400 WHEN n < -400 THEN -400 ELSE n END AS INTEGER)',
  'bq_size(n)': 'CASE WHEN n > 2147483647 THEN 2147483647 ELSE n END',
  'bq_shift_left(a, b)': `CASE WHEN a IS NULL THEN NULL WHEN b < 0 THEN bq_error('Bitwise shift by negative offset') WHEN b >= 64 THEN 0::BIGINT ELSE CAST(CAST(CAST(a AS BITSTRING) << CAST(b AS INTEGER) AS BITSTRING) AS BIGINT) END`,
  'bq_shift_right(a, b)': `CASE WHEN a IS NULL THEN NULL WHEN b < 0 THEN bq_error('Bitwise shift by negative offset') WHEN b >= 64 THEN 0::BIGINT ELSE CAST(CAST(a AS BITSTRING) >> CAST(b AS INTEGER) AS BIGINT) END`,
  'bq_in_unnest(x, list)':
    'CASE WHEN list IS NULL OR len(list) = 0 THEN FALSE WHEN x IS NULL THEN NULL WHEN list_contains(list, x) THEN TRUE WHEN list_count(list) < len(list) THEN NULL ELSE FALSE END',
  'bq_concat_arrays(a, b)': 'CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE list_concat(a, b) END',
  'bq_offset(list, i)': `CASE WHEN i < 0 OR i >= len(list) THEN bq_error('Array index ' || i || ' is out of bounds') ELSE list[i + 1] END`,
  'bq_ordinal(list, i)': `CASE WHEN i < 1 OR i > len(list) THEN bq_error('Array index ' || i || ' is out of bounds') ELSE list[i] END`,
  'bq_safe_offset(list, i)': 'CASE WHEN i < 0 THEN NULL ELSE list[i + 1] END',
  'bq_safe_ordinal(list, i)': 'CASE WHEN i < 1 THEN NULL ELSE list[i] END',
  'bq_array_first(list)': `CASE WHEN len(list) = 0 THEN bq_error('ARRAY_FIRST cannot get the first element of an empty array') ELSE list[1] END`,
  'bq_array_last(list)': `CASE WHEN len(list) = 0 THEN bq_error('ARRAY_LAST cannot get the last element of an empty array') ELSE list[len(list)] END`,
  'bq_array_to_string(list, d)': `CASE WHEN list IS NULL OR d IS NULL THEN NULL ELSE coalesce(list_aggregate(list_filter(list, lambda bq_e: bq_e IS NOT NULL), 'string_agg', d), '') END`,
  'bq_array_to_string_null(list, d, n)': `CASE WHEN list IS NULL OR d IS NULL THEN NULL WHEN n IS NULL THEN bq_array_to_string(list, d) ELSE coalesce(list_aggregate(list_transform(list, lambda bq_e: coalesce(bq_e, n)), 'string_agg', d), '') END`,
  'bq_generate_array(a, b, s)': `CASE WHEN s = 0 THEN bq_error('Sequence step cannot be 0.') WHEN (s > 0 AND a > b) OR (s < 0 AND a < b) THEN CAST([] AS BIGINT[]) ELSE generate_series(a, b, s) END`,
  'bq_generate_float_array(a, b, s)': `CASE WHEN s = 0 THEN bq_error('Sequence step cannot be 0.') WHEN a IS NULL OR b IS NULL OR s IS NULL THEN NULL WHEN (s > 0 AND a > b) OR (s < 0 AND a < b) THEN CAST([] AS DOUBLE[]) ELSE list_transform(range(CAST(floor((b - a) / s) AS BIGINT) + 1), lambda bq_e: a + bq_e * s) END`,

  'bq_trim(x)': String.raw`regexp_replace(x, '^\s+|\s+$', '', 'g')`,
  'bq_ltrim(x)': String.raw`regexp_replace(x, '^\s+', '')`,
  'bq_rtrim(x)': String.raw`regexp_replace(x, '\s+$', '')`,
  'bq_start(x, p)':
    'CASE WHEN p > 0 THEN bq_size(p) WHEN p = 0 OR p < -length(x) THEN 1 ELSE length(x) + p + 1 END',
  'bq_substr(x, p)': 'substr(x, bq_start(x, p))',
  'bq_substr_length(x, p, n)': `CASE WHEN x IS NULL OR p IS NULL THEN NULL WHEN n < 0 THEN bq_error('Third argument in SUBSTR() cannot be negative') ELSE substr(x, bq_start(x, p), bq_size(n)) END`,
  'bq_left(x, n)': `CASE WHEN x IS NULL THEN NULL WHEN n < 0 THEN bq_error('Second argument in LEFT() cannot be negative') ELSE left(x, bq_size(n)) END`,
  'bq_right(x, n)': `CASE WHEN x IS NULL THEN NULL WHEN n < 0 THEN bq_error('Second argument in RIGHT() cannot be negative') ELSE right(x, bq_size(n)) END`,
  'bq_replace(x, a, b)': `CASE WHEN a = '' AND b IS NOT NULL THEN x ELSE replace(x, a, b) END`,
  'bq_repeat(x, n)': `CASE WHEN n < 0 THEN bq_error('Second argument in REPEAT() cannot be negative') ELSE repeat(x, n) END`,
  // Padding may be left out.
  'bq_from_base64(x)': `from_base64(rpad(x, CAST((length(x) + 3) // 4 * 4 AS INTEGER), '='))`,
  'bq_translate(x, a, b)': `CASE WHEN x IS NULL OR b IS NULL THEN NULL WHEN len(list_distinct(string_split(a, ''))) < length(a) THEN bq_error('Duplicate character in TRANSLATE source characters') ELSE translate(x, a, b) END`,
  'bq_make_date(y, m, d)': `CASE WHEN y < 1 OR y > 9999 THEN bq_error('Input calculates to invalid date: ' || y || '-' || m || '-' || d) ELSE make_date(y, m, d) END`,
  'bq_unicode(x)': `CASE WHEN x = '' THEN 0::BIGINT ELSE CAST(unicode(x) AS BIGINT) END`,

  'bq_string_to_int64(x)': String.raw`CASE WHEN regexp_full_match(x, '\s*[+-]?(\d+|0[xX][0-9a-fA-F]+)\s*') THEN CAST(trim(x) AS BIGINT) WHEN x IS NULL THEN NULL ELSE ${badValue('int64')} END`,
  'bq_string_to_float64(x)': String.raw`CASE WHEN regexp_full_match(x, '(?i)\s*[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|infinity|nan)\s*') THEN CAST(trim(x) AS DOUBLE) WHEN x IS NULL THEN NULL ELSE ${badValue('double')} END`,
  'bq_string_to_numeric(x)': String.raw`CASE WHEN regexp_full_match(x, '(?i)\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*') THEN CAST(CASE WHEN contains(lower(x), 'e') THEN bq_rounded_numeric(x) ELSE trim(x) END AS DECIMAL(38,9)) WHEN x IS NULL THEN NULL ELSE bq_error('Invalid NUMERIC value: ' || x) END`,
  'bq_string_to_bool(x)': `CASE WHEN lower(x) = 'true' THEN TRUE WHEN lower(x) = 'false' THEN FALSE WHEN x IS NULL THEN NULL ELSE ${badValue('bool')} END`,
  'bq_string_to_date(x)': gate(`${DATE_TEXT}\\s*`, 'CAST(trim(x) AS DATE)', 'DATE'),
  'bq_string_to_datetime(x)': gate(
    `${DATE_TEXT}([ Tt]${TIME_TEXT})?\\s*`,
    'CAST(trim(x) AS TIMESTAMP)',
    'DATETIME',
  ),
  'bq_string_to_time(x)': gate(`\\s*${TIME_TEXT}\\s*`, 'CAST(trim(x) AS TIME)', 'TIME'),
  'bq_string_to_timestamp(x)': gate(
    `${DATE_TEXT}([ Tt]${TIME_TEXT})?${ZONE_TEXT}`,
    'CAST(trim(x) AS TIMESTAMPTZ)',
    'TIMESTAMP',
  ),
  // Fifteen digits where they say it all, else seventeen.
  'bq_float64_to_string(x)': `CASE WHEN x = 0 THEN '0' WHEN isnan(x) OR isinf(x) THEN CAST(x AS VARCHAR) WHEN CAST(printf('%.15g', x) AS DOUBLE) = x THEN printf('%.15g', x) ELSE printf('%.17g', x) END`,
  'bq_numeric_to_string(x)': String.raw`regexp_replace(regexp_replace(CAST(x AS VARCHAR), '(\.\d*?)0+$', '\1'), '\.$', '')`,
  'bq_datetime_to_string(x)': fraction(
    'epoch_us(x)',
    (suffix) => `strftime(x, '%Y-%m-%d %H:%M:%S${suffix}')`,
  ),
  'bq_time_to_string(x)': fraction(
    'epoch_us(x)',
    (suffix) => `strftime(DATE '1970-01-01' + x, '%H:%M:%S${suffix}')`,
  ),
  'bq_timestamp_to_string(x)': fraction(
    'epoch_us(x)',
    (suffix) => `strftime(bq_to_utc(x), '%Y-%m-%d %H:%M:%S${suffix}+00')`,
  ),
  'bq_offset_minutes(x, z)': `CAST((epoch_us(bq_local(z, x)) - epoch_us(x)) // 60000000 AS BIGINT)`,
  'bq_offset_text(m)': `printf('%s%02d', CASE WHEN m < 0 THEN '-' ELSE '+' END, abs(m) // 60) || CASE WHEN m % 60 = 0 THEN '' ELSE printf(':%02d', abs(m) % 60) END`,
  'bq_timestamp_to_string_zone(x, z)':
    'bq_datetime_to_string(make_timestamp(epoch_us(x) + 60000000 * bq_offset_minutes(x, z))) || bq_offset_text(bq_offset_minutes(x, z))',

  'bq_parse_json(x)': `CASE WHEN x IS NULL THEN NULL WHEN bq_json_normal(x) IS NULL THEN bq_error('syntax error while parsing JSON value: ' || x) ELSE CAST(bq_json_normal(x) AS JSON) END`,
  'bq_json_type(x)': `CASE json_type(x) WHEN 'VARCHAR' THEN 'string' WHEN 'BIGINT' THEN 'number' WHEN 'UBIGINT' THEN 'number' WHEN 'DOUBLE' THEN 'number' WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null' ELSE lower(json_type(x)) END`,
  'bq_json_string(x)': `CASE WHEN x IS NULL THEN NULL WHEN json_type(x) = 'VARCHAR' THEN json_extract_string(x, '$') ELSE bq_error('The provided JSON input is not a string') END`,
  'bq_json_int64(x)': `CASE WHEN x IS NULL THEN NULL WHEN json_type(x) IN ('BIGINT', 'UBIGINT') THEN CAST(CAST(x AS VARCHAR) AS BIGINT) WHEN json_type(x) = 'DOUBLE' AND CAST(CAST(x AS VARCHAR) AS DOUBLE) = floor(CAST(CAST(x AS VARCHAR) AS DOUBLE)) THEN CAST(CAST(CAST(x AS VARCHAR) AS DOUBLE) AS BIGINT) ELSE bq_error('The provided JSON input is not an integer') END`,
  'bq_json_float64(x)': `CASE WHEN x IS NULL THEN NULL WHEN json_type(x) IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN CAST(CAST(x AS VARCHAR) AS DOUBLE) ELSE bq_error('The provided JSON input is not a number') END`,
  'bq_json_bool(x)': `CASE WHEN x IS NULL THEN NULL WHEN json_type(x) = 'BOOLEAN' THEN CAST(CAST(x AS VARCHAR) AS BOOLEAN) ELSE bq_error('The provided JSON input is not a boolean') END`,
  'bq_json_value(x, p)': `CASE WHEN json_type(x, p) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL ELSE json_extract_string(x, p) END`,
  'bq_json_query(x, p)': `CASE WHEN json_type(x, p) = 'NULL' THEN NULL ELSE json_extract(x, p) END`,
  // Of the JSON type: a JSON null is a value, and DuckDB writes some numbers in another form.
  'bq_json_tidy(x)': `CASE WHEN regexp_matches(CAST(x AS VARCHAR), '[0-9]e') THEN CAST(bq_json_normal(CAST(x AS VARCHAR)) AS JSON) ELSE CAST(x AS JSON) END`,
  'bq_json_typed_query(x, p)': 'bq_json_tidy(json_extract(x, p))',
  'bq_json_typed_value(x, p)': `CASE WHEN json_type(x, p) = 'DOUBLE' THEN CAST(bq_json_tidy(json_extract(x, p)) AS VARCHAR) ELSE bq_json_value(x, p) END`,
  'bq_json_typed_array(x, p)': `CASE WHEN json_type(x, p) = 'ARRAY' THEN list_transform(json_extract(x, p || '[*]'), lambda bq_e: bq_json_tidy(bq_e)) END`,
  'bq_to_json(x)': `CASE WHEN bq_json_normal(x) IS NULL THEN bq_error('Failed to convert to JSON: ' || x) ELSE CAST(bq_json_normal(x) AS JSON) END`,
  // Numbers that DuckDB would write in other digits are kept as text, until bq_json_digits.
  'bq_json_text(x)': `CASE WHEN NOT json_valid(x) THEN NULL WHEN regexp_matches(x, '${ODD_NUMBER}') THEN CAST(bq_json_quoted(x) AS JSON) ELSE CAST(x AS JSON) END`,
  'bq_json_digits(x)': `CASE WHEN contains(x, '${NUMBER_MARK}') THEN replace(regexp_replace(x, '"${NUMBER_MARK}([^"]*)"', '\\1', 'g'), '${NUMBER_MARK}', '') ELSE x END`,
  'bq_json_array(x, p)': `CASE WHEN json_type(x, p) = 'ARRAY' THEN json_extract(x, p || '[*]') END`,
  'bq_json_value_array(x, p)': `CASE WHEN json_type(x, p) = 'ARRAY' AND len(list_filter(CAST(json_extract(x, p) AS JSON[]), lambda bq_e: json_type(bq_e) IN ('OBJECT', 'ARRAY'))) = 0 THEN list_transform(CAST(json_extract(x, p) AS JSON[]), lambda bq_e: CASE WHEN json_type(bq_e) = 'NULL' THEN NULL ELSE json_extract_string(bq_e, '$') END) END`,
  'bq_json_typed_value_array(x, p)': `list_transform(bq_json_value_array(x, p), lambda bq_e: CASE WHEN regexp_full_match(bq_e, '-?[0-9.]+e-?[0-9]+') THEN bq_json_normal(bq_e) ELSE bq_e END)`,
};

/** Statements that install every macro in a new database. */
export const MACRO_STATEMENTS: readonly string[] = Object.entries(MACROS).map(
  ([signature, body]) => `CREATE OR REPLACE MACRO ${signature} AS ${body}`,
);
