import { type Context, fail, refuse } from './context.ts';
import type { Scope } from './scope.ts';
import type { Call } from './syntax.ts';
import { coerce, type Typed } from './typed.ts';
import {
  arrayOf,
  duckFieldName,
  JSON_TYPE,
  type SqlType,
  STRING,
  text,
  typeName,
} from './types.ts';

/** Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/json_functions */
export function translateJsonCall(call: Call, scope: Scope, context: Context): Typed | undefined {
  const translate = (index: number): Typed => {
    const arg = call.args[index];
    if (arg === undefined)
      return fail(context, `Number of arguments does not match for function ${call.name}`, call.at);
    return context.translateExpression(arg, scope, context);
  };
  switch (call.name) {
    case 'TO_JSON_STRING':
      if (1 < call.args.length)
        refuse(context, 'Function', 'TO_JSON_STRING with pretty print', call.at);
      return { sql: jsonText(translate(0), call, context, false), type: STRING };
    case 'TO_JSON': {
      const value = translate(0);
      if (1 < call.args.length) refuse(context, 'Function', 'TO_JSON with stringify', call.at);
      return { sql: `bq_to_json(${jsonText(value, call, context, true)})`, type: JSON_TYPE };
    }
    case 'JSON_VALUE':
    case 'JSON_EXTRACT_SCALAR':
      return extract('value', STRING, call, translate, context);
    case 'JSON_QUERY':
    case 'JSON_EXTRACT':
      return extract('query', null, call, translate, context);
    case 'JSON_VALUE_ARRAY':
    case 'JSON_EXTRACT_STRING_ARRAY':
      return extract('value_array', arrayOf(STRING), call, translate, context);
    case 'JSON_QUERY_ARRAY':
    case 'JSON_EXTRACT_ARRAY':
      return extract('array', 'array', call, translate, context);
    default:
      return undefined;
  }
}

function extract(
  what: string,
  result: SqlType | null | 'array',
  call: Call,
  translate: (index: number) => Typed,
  context: Context,
): Typed {
  const value = translate(0);
  const isJson = value.type.kind === 'JSON';
  const source = isJson ? value : coerce(value, STRING);
  if (source === undefined) {
    fail(
      context,
      `No matching signature for function ${call.name} for argument types: ${typeName(value.type)}`,
      call.at,
    );
  }
  const isLegacy = call.name.startsWith('JSON_EXTRACT');
  const path = call.args.length < 2 ? '$' : jsonPath(translate(1), isLegacy, call, context);
  // BigQuery gives NULL for text that is not JSON.
  const json = isJson ? source.sql : `bq_json_text(${source.sql})`;
  const sql = `bq_json_${isJson ? 'typed_' : ''}${what}(${json}, ${text(path)})`;
  const own: SqlType = isJson ? JSON_TYPE : STRING;
  if (isJson) {
    if (result === null) return { sql, type: own };
    return { sql, type: result === 'array' ? arrayOf(own) : result };
  }
  const type = result === null ? STRING : result === 'array' ? arrayOf(STRING) : result;
  const digits =
    type.kind === 'ARRAY'
      ? `list_transform(CAST(${sql} AS VARCHAR[]), lambda bq_e: bq_json_digits(bq_e))`
      : `bq_json_digits(CAST(${sql} AS VARCHAR))`;
  return { sql: digits, type };
}

/** DuckDB's form of a JSONPath. `['a']` is of the JSON_EXTRACT family, `."a"` of JSON_VALUE's. */
function jsonPath(path: Typed, isLegacy: boolean, call: Call, context: Context): string {
  const { literal } = path;
  if (literal === undefined)
    return refuse(context, 'JSONPath', `${call.name} with a path that is not a literal`, call.at);
  const steps: string[] = [];
  const step = isLegacy
    ? /\.([A-Za-z_][\w-]*)|\[(\d+)\]|\['((?:\\.|[^'\\])*)'\]/y
    : /\.([A-Za-z_][\w-]*)|\[(\d+)\]|\."((?:\\.|[^"\\])*)"/y;
  const bad = (): never => fail(context, `Invalid token in JSONPath: ${literal}`, call.at);
  if (!literal.startsWith('$')) return bad();
  step.lastIndex = 1;
  while (step.lastIndex < literal.length) {
    const match = step.exec(literal);
    if (match === null) return bad();
    const key = match[1] ?? match[3];
    steps.push(key === undefined ? `[${match[2]}]` : `."${key.replaceAll('"', '\\"')}"`);
  }
  return `$${steps.join('')}`;
}

/**
 * JSON text of any value. TO_JSON_STRING writes integers past 2^53 and NUMERIC with a point as
 * strings; for TO_JSON (`isTyped`) they are numbers.
 */
function jsonText(value: Typed, call: Call, context: Context, isTyped: boolean): string {
  const { sql, type } = value;
  const orNull = (some: string): string => `coalesce(${some}, 'null')`;
  switch (type.kind) {
    case 'NULL':
      return `'null'`;
    case 'INT64':
      if (isTyped) return orNull(`CAST(${sql} AS VARCHAR)`);
      return orNull(
        `CASE WHEN abs(CAST(${sql} AS HUGEINT)) > 9007199254740992 THEN '"' || ${sql} || '"' ELSE CAST(${sql} AS VARCHAR) END`,
      );
    case 'FLOAT64':
      return orNull(
        `CASE WHEN isnan(${sql}) THEN '"NaN"' WHEN isinf(${sql}) THEN CASE WHEN ${sql} > 0 THEN '"Infinity"' ELSE '"-Infinity"' END ELSE ${isTyped ? `CAST(${sql} AS VARCHAR)` : `bq_float64_to_string(${sql})`} END`,
      );
    case 'NUMERIC':
      if (isTyped) return orNull(`bq_numeric_to_string(${sql})`);
      return orNull(
        `CASE WHEN ${sql} = trunc(${sql}) AND abs(${sql}) <= 9007199254740992 THEN bq_numeric_to_string(${sql}) ELSE '"' || bq_numeric_to_string(${sql}) || '"' END`,
      );
    case 'BOOL':
      return orNull(`CAST(${sql} AS VARCHAR)`);
    case 'STRING':
      return orNull(`CAST(to_json(${sql}) AS VARCHAR)`);
    case 'JSON':
      return orNull(`CAST(${sql} AS VARCHAR)`);
    case 'BYTES':
      return orNull(`'"' || to_base64(${sql}) || '"'`);
    case 'DATE':
      return orNull(`'"' || ${sql} || '"'`);
    case 'DATETIME':
      return orNull(`'"' || replace(bq_datetime_to_string(${sql}), ' ', 'T') || '"'`);
    case 'TIME':
      return orNull(`'"' || bq_time_to_string(${sql}) || '"'`);
    case 'TIMESTAMP':
      return orNull(
        `'"' || replace(replace(bq_timestamp_to_string(${sql}), ' ', 'T'), '+00', 'Z') || '"'`,
      );
    case 'INTERVAL':
      return refuse(context, 'Function', `${call.name} of INTERVAL`, call.at);
    case 'ARRAY': {
      const item = jsonText({ sql: 'bq_j', type: type.element }, call, context, isTyped);
      return `CASE WHEN ${sql} IS NULL THEN 'null' ELSE '[' || coalesce(array_to_string(list_transform(${sql}, lambda bq_j: ${item}), ','), '') || ']' END`;
    }
    case 'STRUCT': {
      const fields = type.fields.map((field, index) => {
        const inner = {
          sql: `struct_extract(${sql}, ${text(duckFieldName(field.name, index))})`,
          type: field.type,
        };
        return `${text(`${JSON.stringify(field.name)}:`)} || ${jsonText(inner, call, context, isTyped)}`;
      });
      return `CASE WHEN ${sql} IS NULL THEN 'null' ELSE '{' || ${fields.join(` || ',' || `)} || '}' END`;
    }
  }
}
