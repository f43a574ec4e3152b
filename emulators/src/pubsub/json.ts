import protobuf from 'protobufjs';
import { invalid } from './errors.ts';
import { type Seconds, toMs } from './message.ts';

type Fields = Record<string, unknown>;

/**
 * Reads proto3 JSON: https://protobuf.dev/programming-guides/json. Names may be camelCase or
 * snake_case. Throws INVALID_ARGUMENT that names an unknown field or a value of the wrong type.
 */
export function fromJson(type: protobuf.Type, json: unknown, path = ''): Fields {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalid(`Invalid value at '${path || 'request'}': wanted an object, got ${show(json)}`);
  }
  const result: Fields = {};
  for (const [key, value] of Object.entries(json)) {
    const name = key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
    const at = path === '' ? key : `${path}.${key}`;
    if (field === undefined) {
      throw invalid(
        `Invalid JSON payload received. Unknown name "${key}" at '${path || 'request'}': Cannot find field.`,
      );
    }
    if (value === null) continue;
    result[name] = fieldFromJson(field.resolve(), value, at);
  }
  return result;
}

/** Writes proto3 JSON as Google's REST API does: fields with their default value are left out. */
export function toJson(type: protobuf.Type, fields: Fields): Fields {
  const result: Fields = {};
  for (const field of type.fieldsArray) {
    const value = fields[field.name];
    if (value === undefined || value === null) continue;
    const json = fieldToJson(field.resolve(), value);
    if (!isDefault(json, field.map)) result[field.name] = json;
  }
  return result;
}

function fieldFromJson(field: protobuf.Field, value: unknown, path: string): unknown {
  if (field instanceof protobuf.MapField) {
    if (typeof value !== 'object' || Array.isArray(value)) throw wrong(path, 'an object', value);
    const entries = Object.entries(value as Fields);
    return Object.fromEntries(
      entries.map(([key, item]) => [key, valueFromJson(field, item, `${path}.${key}`)]),
    );
  }
  if (!field.repeated) return valueFromJson(field, value, path);
  if (!Array.isArray(value)) throw wrong(path, 'an array', value);
  return value.map((item, index) => valueFromJson(field, item, `${path}[${index}]`));
}

function valueFromJson(field: protobuf.Field, value: unknown, path: string): unknown {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Enum) {
    const isKnown = typeof value === 'string' && Object.hasOwn(resolvedType.values, value);
    if (isKnown) return value;
    const name = resolvedType.valuesById[Number(value)];
    if (name === undefined) throw wrong(path, `one of ${Object.keys(resolvedType.values)}`, value);
    return name;
  }
  if (resolvedType instanceof protobuf.Type) return messageFromJson(resolvedType, value, path);
  switch (field.type) {
    case 'string':
      if (typeof value !== 'string') throw wrong(path, 'a string', value);
      return value;
    case 'bytes':
      if (typeof value !== 'string' || !BASE64.test(value)) throw wrong(path, 'base64', value);
      return Buffer.from(value, 'base64');
    case 'bool':
      if (typeof value !== 'boolean') throw wrong(path, 'true or false', value);
      return value;
    case 'float':
    case 'double':
      if (typeof value === 'number') return value;
      if (!/^(NaN|-?Infinity|-?\d+(\.\d+)?(e[+-]?\d+)?)$/i.test(String(value))) {
        throw wrong(path, 'a number', value);
      }
      return Number(value);
    default:
      // 64-bit integers are strings in JSON; those beyond 2^53 lose their last digits here.
      if (Number.isInteger(value)) return value;
      if (typeof value !== 'string' || !/^-?\d+$/.test(value))
        throw wrong(path, 'an integer', value);
      return Number(value);
  }
}

function messageFromJson(type: protobuf.Type, value: unknown, path: string): unknown {
  switch (type.fullName) {
    case '.google.protobuf.Duration': {
      if (typeof value !== 'string' || !DURATION.test(value)) {
        throw wrong(path, 'seconds such as "3.5s"', value);
      }
      const total = Number(value.slice(0, -1));
      const seconds = Math.trunc(total);
      return { seconds, nanos: Math.round((total - seconds) * 1e9) };
    }
    case '.google.protobuf.Timestamp': {
      const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
      if (Number.isNaN(ms)) throw wrong(path, 'an RFC 3339 time', value);
      return timestampFromText(value as string, ms);
    }
    case '.google.protobuf.FieldMask': {
      if (typeof value !== 'string') throw wrong(path, 'names with commas', value);
      return { paths: value.split(',').filter((name) => name !== '') };
    }
    default:
      return fromJson(type, value, path);
  }
}

function fieldToJson(field: protobuf.Field, value: unknown): unknown {
  if (field instanceof protobuf.MapField) {
    const entries = Object.entries(value as Fields);
    return Object.fromEntries(entries.map(([key, item]) => [key, valueToJson(field, item)]));
  }
  if (!field.repeated) return valueToJson(field, value);
  return (value as unknown[]).map((item) => valueToJson(field, item));
}

function valueToJson(field: protobuf.Field, value: unknown): unknown {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Type) {
    switch (resolvedType.fullName) {
      case '.google.protobuf.Duration':
        return `${toMs(value as Seconds) / 1000}s`;
      case '.google.protobuf.Timestamp':
        return new Date(toMs(value as Seconds)).toISOString();
      case '.google.protobuf.FieldMask':
        return ((value as { paths?: string[] }).paths ?? []).join(',');
      default:
        // A message that is there but empty says something: `{}` chooses a push wrapper.
        return toJson(resolvedType, value as Fields);
    }
  }
  if (field.type === 'bytes') return Buffer.from(value as Uint8Array).toString('base64');
  if (field.type === 'int64') return String(value);
  return value;
}

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
const DURATION = /^-?\d+(\.\d{1,9})?s$/;

function timestampFromText(text: string, ms: number): Seconds {
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? '';
  return { seconds: Math.floor(ms / 1000), nanos: Number(fraction.padEnd(9, '0')) };
}

function isDefault(json: unknown, isMap: boolean): boolean {
  if (Array.isArray(json)) return json.length === 0;
  if (isMap) return Object.keys(json as Fields).length === 0;
  return json === '' || json === 0 || json === false || json === '0';
}

function wrong(path: string, wanted: string, got: unknown) {
  return invalid(`Invalid value at '${path}': wanted ${wanted}, got ${show(got)}`);
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 100);
}
