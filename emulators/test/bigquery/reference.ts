import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { formatDate, formatDatetime, formatTime } from '../../src/bigquery/googlesql/temporal.ts';

/** A cell in the form that the corpus keeps: plain JSON, big numbers and times as text. */
export type Plain = null | string | number | boolean | Plain[];

export type Answer = { readonly rows: Plain[][] } | { readonly error: string };

/** Google's own implementation of GoogleSQL, in a process of its own. */
export interface Reference {
  evaluate(sql: string): Promise<Answer>;
  /** What is wrong with a statement over these tables; null where nothing is. */
  analyze(sql: string, schema: AnalyzedSchema): Promise<string | null>;
  stop(): void;
}

/** What a statement may name. */
export interface AnalyzedSchema {
  readonly dataset: string;
  readonly tables: readonly { readonly name: string; readonly columns: readonly NamedType[] }[];
  readonly functions: readonly {
    readonly name: string;
    readonly parameters: readonly NamedType[];
    /** A type, or the columns of a table function. */
    readonly returns: string | readonly NamedType[];
  }[];
  /** Types of query parameters. */
  readonly parameters: readonly NamedType[];
  /** Types of a script's variables, which a statement sees as constants. */
  readonly variables?: readonly NamedType[];
}
/** A type as GoogleSQL writes it: `ARRAY<STRUCT<a INT64, b STRING>>`. */
export interface NamedType {
  readonly name: string;
  readonly type: string;
}

/**
 * Starts the reference implementation of @fivetrandevelopers/zetasql, which is too big to be a
 * dependency (354 MB). Found next to the project's packages or below ZETASQL_HOME; null if absent.
 */
export async function startReference(): Promise<Reference | null> {
  const lib = findLibrary();
  if (lib === null) return null;
  const port = 20_000 + (process.pid % 10_000);
  const server = spawn(join(lib, 'zetasql', 'remote_server.so'), ['localhost', String(port)], {
    stdio: 'ignore',
  });
  const protos = join(lib, 'zetasql', 'protos');
  const definition = loadSync(join(protos, 'local_service.proto'), {
    includeDirs: [protos],
    keepCase: true,
    longs: String,
    enums: String,
    oneofs: true,
  });
  // biome-ignore lint/suspicious/noExplicitAny: the service is known only by its .proto file
  const root = loadPackageDefinition(definition) as any;
  const client = new root.zetasql.local_service.ZetaSqlLocalService(
    `localhost:${port}`,
    credentials.createInsecure(),
  );
  await waitForReady(client, server);
  const features = (root.zetasql.LanguageFeature.type.value as { name: string; number: number }[])
    .map((value) => value.name)
    .filter((name) => name.startsWith('FEATURE_') && !UNWANTED.test(name));
  const language = {
    product_mode: 'PRODUCT_EXTERNAL',
    name_resolution_mode: 'NAME_RESOLUTION_DEFAULT',
    enabled_language_features: features,
    supported_statement_kinds: STATEMENTS,
    reserved_keywords: ['QUALIFY'],
  };
  // BigQuery groups by FLOAT64: query-syntax#group_by_clause.
  const analyzed = {
    ...language,
    enabled_language_features: features.filter((name) => !name.includes('DISALLOW_GROUP_BY')),
  };
  const request = {
    options: { language_options: language, default_timezone: 'UTC', prune_unused_columns: true },
    simple_catalog: { name: 'catalog', builtin_function_options: { language_options: language } },
  };
  return {
    evaluate: (sql) =>
      new Promise((resolve) => {
        client.EvaluateQuery({ ...request, sql }, (error: Error | null, reply: Reply) => {
          if (error !== null) resolve({ error: error.message });
          else resolve(read(reply));
        });
      }),
    analyze: (sql, schema) =>
      new Promise((resolve) => {
        const request = analysisOf(sql, schema, analyzed);
        client.Analyze(request, (error: Error | null) => resolve(error?.message ?? null));
      }),
    stop: () => {
      client.close();
      server.kill('SIGKILL');
    },
  };
}

const STATEMENTS = [
  'QUERY',
  'MERGE',
  'INSERT',
  'UPDATE',
  'DELETE',
  'CREATE_FUNCTION',
  'CREATE_TABLE_FUNCTION',
].map((kind) => `RESOLVED_${kind}_STMT`);

function analysisOf(sql: string, schema: AnalyzedSchema, language: object): object {
  const columns = (list: readonly NamedType[]) =>
    list.map(({ name, type }) => ({ name, type: typeProto(type) }));
  const fixed = (type: string) => ({
    kind: 'ARG_TYPE_FIXED',
    type: typeProto(type),
    num_occurrences: 1,
  });
  const arguments_ = (list: readonly NamedType[]) => list.map(({ type }) => fixed(type));
  const scalar = schema.functions.filter(({ returns }) => typeof returns === 'string');
  const tables = schema.functions.filter(({ returns }) => typeof returns !== 'string');
  return {
    sql_statement: sql,
    options: {
      language_options: language,
      default_timezone: 'UTC',
      query_parameters: columns(schema.parameters),
    },
    simple_catalog: {
      name: 'catalog',
      builtin_function_options: { language_options: language },
      constant: (schema.variables ?? []).map(({ name, type }) => ({
        name_path: [name],
        type: typeProto(type),
        value: {},
      })),
      custom_function: ['MAX_BY', 'MIN_BY'].map(bigQueryAggregate),
      catalog: [
        {
          name: schema.dataset,
          table: schema.tables.map(({ name, columns: list }) => ({ name, column: columns(list) })),
          custom_function: scalar.map(({ name, parameters, returns }) => ({
            name_path: [name],
            group: 'custom',
            mode: 'SCALAR',
            signature: [
              { argument: arguments_(parameters), return_type: fixed(returns as string) },
            ],
          })),
          custom_tvf: tables.map(({ name, parameters, returns }) => ({
            name_path: [name],
            type: 'FIXED_OUTPUT_SCHEMA_TVF',
            signature: {
              argument: arguments_(parameters),
              return_type: {
                kind: 'ARG_TYPE_RELATION',
                num_occurrences: 1,
                options: {
                  relation_input_schema: { column: columns(returns as readonly NamedType[]) },
                },
              },
            },
          })),
        },
      ],
    },
  };
}

/** An aggregate of two values that BigQuery has and the reference has not. */
function bigQueryAggregate(name: string): object {
  const any = (kind: string) => ({ kind, num_occurrences: 1 });
  return {
    name_path: [name],
    group: 'custom',
    mode: 'AGGREGATE',
    signature: [
      {
        argument: [any('ARG_TYPE_ANY_1'), any('ARG_TYPE_ANY_2')],
        return_type: any('ARG_TYPE_ANY_1'),
      },
    ],
  };
}

/** The type in the form of the protocol. */
function typeProto(type: string): object {
  const element = /^ARRAY<(.+)>$/s.exec(type)?.[1];
  if (element !== undefined)
    return { type_kind: 'TYPE_ARRAY', array_type: { element_type: typeProto(element) } };
  const fields = /^STRUCT<(.+)>$/s.exec(type)?.[1];
  if (fields !== undefined) {
    const field = splitFields(fields).map((each) => {
      const [, name = '', own = ''] = /^(\S+) (.+)$/s.exec(each) ?? [];
      return { field_name: name, field_type: typeProto(own) };
    });
    return { type_kind: 'TYPE_STRUCT', struct_type: { field } };
  }
  const kind = type === 'FLOAT64' ? 'DOUBLE' : type;
  return { type_kind: `TYPE_${kind}` };
}

/** `a INT64, b STRUCT<c INT64, d STRING>` at its outer commas. */
function splitFields(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (const [index, char] of [...text].entries()) {
    if (char === '<') depth += 1;
    if (char === '>') depth -= 1;
    if (char !== ',' || 0 < depth) continue;
    parts.push(text.slice(start, index).trim());
    start = index + 1;
  }
  return [...parts, text.slice(start).trim()];
}

/** Features that BigQuery has not, or that change results. */
const UNWANTED = /NANOS|EXTENDED_TYPES|__|ANONYMIZATION|DIFFERENTIAL|SPANNER|PROTO|DISALLOW_NULL/;

function findLibrary(): string | null {
  const home = process.env.ZETASQL_HOME;
  const from = home === undefined ? import.meta.url : join(home, 'package.json');
  try {
    const entry = createRequire(from).resolve('@fivetrandevelopers/zetasql');
    const lib = join(entry, '..');
    return process.platform === 'linux' && existsSync(join(lib, 'zetasql', 'remote_server.so'))
      ? lib
      : null;
  } catch {
    return null;
  }
}

function waitForReady(
  client: { waitForReady(by: Date, done: (error?: Error) => void): void },
  server: ChildProcess,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    client.waitForReady(new Date(Date.now() + 20_000), (error) =>
      error === undefined ? resolve() : reject(error),
    );
  });
}

interface Value {
  readonly value?: string;
  readonly [field: string]: unknown;
}
interface Type {
  readonly type_kind: string;
  readonly array_type?: { element_type: Type };
  readonly struct_type?: { field: { field_type: Type }[] };
}
interface Reply {
  readonly content: { table_data: { row: { cell: Value[] }[] } | null } | null;
  readonly prepared: { columns: { type: Type }[] };
}

function read(reply: Reply): Answer {
  const types = reply.prepared.columns.map((column) => column.type);
  const rows = (reply.content?.table_data?.row ?? []).map((row) =>
    row.cell.map((cell, index) => plain(cell, types[index])),
  );
  return { rows };
}

function plain(value: Value, type: Type | undefined): Plain {
  if (type?.type_kind === 'TYPE_ARRAY') {
    const items = (value.array_value as { element: Value[] } | null | undefined)?.element ?? [];
    return items.map((item) => plain(item, type.array_type?.element_type));
  }
  if (value.value === undefined || value.value === null) return null;
  const raw = value[value.value];
  switch (type?.type_kind) {
    case 'TYPE_STRUCT':
      return ((raw as { field?: Value[] }).field ?? []).map((field, index) =>
        plain(field, type.struct_type?.field[index]?.field_type),
      );
    case 'TYPE_DOUBLE':
      return Number.isFinite(raw as number) ? (raw as number) : String(raw);
    case 'TYPE_BOOL':
      return raw as boolean;
    case 'TYPE_BYTES':
      return Buffer.from(raw as Uint8Array).toString('base64');
    case 'TYPE_DATE':
      return formatDate(raw as number);
    case 'TYPE_TIMESTAMP': {
      const { seconds = '0', nanos = 0 } = raw as { seconds?: string; nanos?: number };
      return `${formatDatetime(BigInt(seconds) * 1_000_000n + BigInt(Math.floor(nanos / 1000)))}+00`;
    }
    case 'TYPE_DATETIME': {
      const { bit_field_datetime_seconds: bits = '0', nanos = 0 } = raw as {
        bit_field_datetime_seconds?: string;
        nanos?: number;
      };
      return civil(BigInt(bits), nanos);
    }
    case 'TYPE_TIME': {
      const bits = BigInt(raw as string);
      const nanos = bits & 0x3fffffffn;
      return formatTime(clockMicros(bits >> 30n) + nanos / 1000n);
    }
    case 'TYPE_NUMERIC':
      return numeric(Buffer.from(raw as Uint8Array));
    default:
      return String(raw);
  }
}

function clockMicros(bits: bigint): bigint {
  const seconds = (bits & 63n) + ((bits >> 6n) & 63n) * 60n + ((bits >> 12n) & 31n) * 3600n;
  return seconds * 1_000_000n;
}

function civil(bits: bigint, nanos: number): string {
  const part = (shift: bigint, mask: bigint, width: number): string =>
    String((bits >> shift) & mask).padStart(width, '0');
  const time = formatTime(clockMicros(bits & 0x1ffffn) + BigInt(Math.floor(nanos / 1000)));
  return `${part(26n, 16383n, 4)}-${part(22n, 15n, 2)}-${part(17n, 31n, 2)}T${time}`;
}

/** Little-endian two's complement, in billionths. */
function numeric(bytes: Buffer): string {
  let value = 0n;
  for (const [index, byte] of bytes.entries()) value |= BigInt(byte) << BigInt(8 * index);
  value = BigInt.asIntN(8 * bytes.length, value);
  const sign = value < 0n ? '-' : '';
  const size = value < 0n ? -value : value;
  const fraction = String(size % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${sign}${size / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}`;
}
