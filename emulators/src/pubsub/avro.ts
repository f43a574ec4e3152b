import { AvroReader } from './avro-reader.ts';
import { invalid } from './errors.ts';

/** An Avro type, checked: https://avro.apache.org/docs/1.11.1/specification */
export type Avro =
  | { readonly kind: 'primitive'; readonly name: string }
  | { readonly kind: 'record'; readonly name: string; readonly fields: Field[] }
  | {
      readonly kind: 'enum';
      readonly name: string;
      readonly symbols: readonly string[];
      /** A reader takes it for a symbol that it does not know. */
      readonly hasDefault: boolean;
    }
  | { readonly kind: 'fixed'; readonly name: string; readonly size: number }
  | { readonly kind: 'array' | 'map'; readonly name: string; readonly items: Avro }
  | { readonly kind: 'union'; readonly name: string; readonly branches: readonly Avro[] };

interface Field {
  readonly name: string;
  readonly type: Avro;
  /** A reader takes it where the writer had no such field. */
  readonly hasDefault: boolean;
}

const PRIMITIVES = new Set([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
]);
const NAME = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;
const MAX_INT = 2 ** 31;

/** Reads an Avro schema, a record at the top. Throws INVALID_ARGUMENT that names what is wrong. */
export function parseAvro(definition: string): Avro {
  let json: unknown;
  try {
    json = JSON.parse(definition);
  } catch (cause) {
    throw invalid(`Invalid schema definition: not JSON: ${(cause as Error).message}`);
  }
  const type = parseType(json, '', new Map());
  if (type.kind !== 'record') throw wrong('the top-level type must be a record', json);
  return type;
}

/** Whether a value in Avro's JSON encoding is of the type; a union's value is `{"branch": value}`. */
export function isAvroJson(type: Avro, value: unknown): boolean {
  switch (type.kind) {
    case 'primitive':
      return isPrimitive(type.name, value);
    case 'record':
      return (
        isObject(value) &&
        Object.keys(value).every((name) => type.fields.some((field) => field.name === name)) &&
        type.fields.every((field) => isAvroJson(field.type, value[field.name]))
      );
    case 'enum':
      return typeof value === 'string' && type.symbols.includes(value);
    case 'fixed':
      return isBytes(value) && (value as string).length === type.size;
    case 'array':
      return Array.isArray(value) && value.every((item) => isAvroJson(type.items, item));
    case 'map':
      return isObject(value) && Object.values(value).every((item) => isAvroJson(type.items, item));
    case 'union': {
      if (value === null) return type.branches.some(({ name }) => name === 'null');
      const [[name, inner] = [], ...more] = isObject(value) ? Object.entries(value) : [];
      const branch = type.branches.find((candidate) => candidate.name === name);
      return branch !== undefined && more.length === 0 && isAvroJson(branch, inner);
    }
  }
}

/** Whether the bytes are one value of the type in Avro's binary encoding, and nothing more. */
export function isAvroBinary(type: Avro, bytes: Uint8Array): boolean {
  const reader = new AvroReader(bytes);
  return skipBinary(reader, type) && reader.isAtEnd;
}

function skipBinary(reader: AvroReader, type: Avro): boolean {
  switch (type.kind) {
    case 'primitive':
      return reader.skipPrimitive(type.name);
    case 'record':
      return type.fields.every((field) => skipBinary(reader, field.type));
    case 'enum': {
      const index = reader.long();
      return index !== undefined && 0 <= index && index < type.symbols.length;
    }
    case 'fixed':
      return reader.skip(type.size);
    case 'array':
      return reader.skipBlocks(() => skipBinary(reader, type.items));
    case 'map':
      return reader.skipBlocks(
        () => reader.skipPrimitive('string') && skipBinary(reader, type.items),
      );
    case 'union': {
      const branch = type.branches[reader.long() ?? -1];
      return branch !== undefined && skipBinary(reader, branch);
    }
  }
}

function parseType(json: unknown, namespace: string, named: Map<string, Avro>): Avro {
  if (typeof json === 'string') {
    if (PRIMITIVES.has(json)) return { kind: 'primitive', name: json };
    const found = named.get(fullName(json, namespace));
    if (found === undefined) throw wrong('unknown type', json);
    return found;
  }
  if (Array.isArray(json)) {
    const branches = json.map((branch) => parseType(branch, namespace, named));
    const names = new Set(branches.map(({ name }) => name));
    if (names.size !== branches.length || names.has('union')) {
      throw wrong('a union must have different branches and no union inside', json);
    }
    return { kind: 'union', name: 'union', branches };
  }
  if (!isObject(json)) throw wrong('a type must be a name, a list or an object', json);
  switch (json.type) {
    case 'record':
    case 'error':
      return parseRecord(json, namespace, named);
    case 'enum': {
      const symbols = json.symbols;
      const isValid =
        Array.isArray(symbols) && symbols.every((symbol) => NAME.test(String(symbol)));
      if (!isValid || new Set(symbols).size !== symbols.length) {
        throw wrong('an enum must have different names as symbols', json);
      }
      const hasDefault = json.default !== undefined;
      return define({ kind: 'enum', name: nameOf(json, namespace), symbols, hasDefault }, named);
    }
    case 'fixed': {
      const size = json.size;
      if (!Number.isInteger(size)) throw wrong('a fixed must have a size', json);
      return define({ kind: 'fixed', name: nameOf(json, namespace), size: size as number }, named);
    }
    case 'array':
      return { kind: 'array', name: 'array', items: parseType(json.items, namespace, named) };
    case 'map':
      return { kind: 'map', name: 'map', items: parseType(json.values, namespace, named) };
    default:
      return parseType(json.type, namespace, named);
  }
}

function parseRecord(json: Record<string, unknown>, outer: string, named: Map<string, Avro>): Avro {
  const name = nameOf(json, outer);
  const namespace = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : '';
  if (!Array.isArray(json.fields)) throw wrong('a record must have fields', json);
  // Known before its fields are read, so that a record may hold records of its own type.
  const fields: Field[] = [];
  const record = define({ kind: 'record', name, fields }, named);
  for (const field of json.fields) {
    if (!isObject(field) || !NAME.test(String(field.name)))
      throw wrong('a field must have a name', field);
    if (fields.some((other) => other.name === field.name))
      throw wrong('a field comes twice', field);
    const hasDefault = field.default !== undefined;
    const type = parseType(field.type, namespace, named);
    fields.push({ name: String(field.name), type, hasDefault });
  }
  return record;
}

function nameOf(json: Record<string, unknown>, outer: string): string {
  const name = String(json.name ?? '');
  const namespace = typeof json.namespace === 'string' ? json.namespace : outer;
  if (!NAME.test(name)) throw wrong('a named type must have a name', json);
  return fullName(name, namespace);
}

function fullName(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
}

function define(type: Avro, named: Map<string, Avro>): Avro {
  if (named.has(type.name)) throw wrong('a type is defined twice', type.name);
  named.set(type.name, type);
  return type;
}

function isPrimitive(name: string, value: unknown): boolean {
  switch (name) {
    case 'null':
      return value === null;
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
      return Number.isInteger(value) && -MAX_INT <= Number(value) && Number(value) < MAX_INT;
    case 'long':
      return Number.isInteger(value);
    case 'float':
    case 'double':
      return typeof value === 'number';
    case 'bytes':
      return isBytes(value);
    default:
      return typeof value === 'string';
  }
}

function isBytes(value: unknown): boolean {
  return typeof value === 'string' && Array.from(value).every((letter) => letter <= '\xff');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(what: string, got: unknown) {
  return invalid(`Invalid schema definition: ${what}, got ${JSON.stringify(got)?.slice(0, 200)}`);
}
