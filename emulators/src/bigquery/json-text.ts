import { DuckDBScalarFunction, VARCHAR } from '@duckdb/node-api';

/**
 * JSON text as BigQuery's JSON type keeps it: no space, keys in order, the first of equal keys,
 * numbers in one form. Throws on what is not JSON, and on numbers that a FLOAT64 cannot tell apart.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/json_functions#parse_json
 */
export function normalJson(text: string): string {
  return rewrite(text, normalNumber, true);
}

/** Stands before a number that is kept as text. Literals cannot hold it (`literals.ts`). */
export const NUMBER_MARK = '\uE002';

/**
 * The same JSON with every number as a marked string of its own digits: DuckDB would write `1.50` as
 * `1.5`, and the JSON functions of GoogleSQL give the digits of the text. Throws on what is not JSON.
 */
export function quotedNumbers(text: string): string {
  return rewrite(text, (digits) => `"${NUMBER_MARK}${digits}"`, false);
}

const TOKEN =
  /[ \t\n\r]*(?:([{}[\],:]|true|false|null)|("(?:[^"\\]|\\.)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?))[ \t\n\r]*/y;

function rewrite(text: string, number: (digits: string) => string, isSorted: boolean): string {
  // Says what is wrong with text that is not JSON, so that the rest may rely on it.
  JSON.parse(text);
  let at = 0;
  const next = (): RegExpExecArray => {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text);
    if (token === null) throw new SyntaxError(`not JSON at ${at}`);
    at = TOKEN.lastIndex;
    return token;
  };
  const value = ([, word, string, digits]: RegExpExecArray): string => {
    if (digits !== undefined) return number(digits);
    if (string !== undefined) return JSON.stringify(JSON.parse(string));
    if (word === '[') return `[${items((token) => value(token)).join(',')}]`;
    return word === '{' ? object() : (word ?? '');
  };
  const items = <Item>(read: (token: RegExpExecArray) => Item): Item[] => {
    const list: Item[] = [];
    for (let token = next(); token[1] !== ']' && token[1] !== '}'; token = next())
      if (token[1] !== ',') list.push(read(token));
    return list;
  };
  const object = (): string => {
    const entries = new Map<string, string>();
    items(([, , key = '""']) => {
      const name: string = JSON.parse(key);
      next();
      const own = value(next());
      if (!entries.has(name)) entries.set(name, own);
    });
    const list = [...entries];
    if (isSorted) list.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${list.map(([name, own]) => `${JSON.stringify(name)}:${own}`).join(',')}}`;
  };
  return value(next());
}

/** An integer of 64 bits as it is; any other number as the shortest that means the same FLOAT64. */
function normalNumber(digits: string): string {
  if (/^-?\d+$/.test(digits)) {
    const whole = BigInt(digits);
    if (-(2n ** 63n) <= whole && whole < 2n ** 64n) return String(whole);
  }
  const double = Number(digits);
  if (!Number.isFinite(double)) throw new RangeError(`number overflow parsing '${digits}'`);
  const own = decimal(String(double));
  const given = decimal(digits);
  if (own.digits !== given.digits || own.point !== given.point)
    throw new RangeError(`Input number: ${digits} cannot round-trip through string representation`);
  return `${digits.startsWith('-') ? '-' : ''}${written(own)}`;
}

/** `0.DIGITS` times ten to the power of `point`, without a sign or needless zeros. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

function decimal(text: string): Decimal {
  const [, whole = '', fraction = '', exponent = '0'] =
    /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = `${whole}${fraction}`;
  const leading = /^0*/.exec(all)?.[0].length ?? 0;
  const digits = all.slice(leading).replace(/0+$/, '');
  if (digits === '') return { digits: '0', point: 1 };
  return { digits, point: whole.length - leading + Number(exponent) };
}

/** As Google writes a FLOAT64 in JSON: `1000.0`, `0.001`, `1e+15`, `1e-05`. */
function written({ digits, point }: Decimal): string {
  if (digits.length <= point && point <= 15) return `${digits.padEnd(point, '0')}.0`;
  if (0 < point && point <= 15) return `${digits.slice(0, point)}.${digits.slice(point)}`;
  if (-4 < point && point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  const exponent = point - 1;
  const rest = digits.length === 1 ? '' : `.${digits.slice(1)}`;
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits[0]}${rest}e${exponent < 0 ? '-' : '+'}${size}`;
}

/** Both for DuckDB; NULL for what is not JSON. */
export function jsonFunctions(): DuckDBScalarFunction[] {
  return [
    textFunction('bq_json_normal', normalJson),
    textFunction('bq_json_quoted', quotedNumbers),
  ];
}

function textFunction(name: string, change: (text: string) => string): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name,
    parameterTypes: [VARCHAR],
    returnType: VARCHAR,
    mainFunction: (_, input, output) => {
      const values = input.getColumnVector(0);
      for (let row = 0; row < input.rowCount; row += 1) {
        output.setItem(row, orNull(change, values.getItem(row)));
      }
      output.flush();
    },
  });
}

function orNull(change: (text: string) => string, value: unknown): string | null {
  if (typeof value !== 'string') return null;
  try {
    return change(value);
  } catch {
    return null;
  }
}
