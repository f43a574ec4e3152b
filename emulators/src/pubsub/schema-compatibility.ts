import protobuf from 'protobufjs';
import { type Avro, parseAvro } from './avro.ts';
import { topLevelMessage } from './schema-definition.ts';

/**
 * What keeps a definition from being the next revision after another; undefined if nothing does.
 * Both must be valid.
 *
 * - Avro: each must read what the other wrote, by the rules of schema resolution:
 *   https://avro.apache.org/docs/1.11.1/specification/#schema-resolution (aliases are not followed)
 * - protocol buffers: optional fields may come and go, nothing else may change
 *
 * Source: https://cloud.google.com/pubsub/docs/commit-schema-revision
 */
export function incompatibility(type: string, before: string, after: string): string | undefined {
  if (type !== 'AVRO') return messageChange(topLevelMessage(before), topLevelMessage(after));
  const [old, next] = [parseAvro(before), parseAvro(after)];
  const forward = unreadable(next, old, new Set());
  if (forward !== undefined) return `it cannot read what the one before wrote: ${forward}`;
  const backward = unreadable(old, next, new Set());
  return backward && `the one before cannot read what it writes: ${backward}`;
}

/** Writer's primitive → what may read it besides itself. */
const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
};

/** Why values of the writer's type cannot be read; `seen` has the pairs of names that are being compared. */
function unreadable(reader: Avro, writer: Avro, seen: Set<string>): string | undefined {
  if (writer.kind === 'union') {
    return first(writer.branches, (branch) => unreadable(reader, branch, seen));
  }
  if (reader.kind === 'union') {
    const fits = reader.branches.some((branch) => unreadable(branch, writer, seen) === undefined);
    return fits ? undefined : `${writer.name} is no branch of the union`;
  }
  const differ = `${writer.name} is not ${reader.name}`;
  if (reader.kind === 'primitive' || writer.kind === 'primitive') {
    const fits = reader.name === writer.name || PROMOTIONS[writer.name]?.includes(reader.name);
    return fits ? undefined : differ;
  }
  if (reader.kind === 'array' || reader.kind === 'map') {
    return writer.kind === reader.kind ? unreadable(reader.items, writer.items, seen) : differ;
  }
  if (writer.kind !== reader.kind || lastPart(writer.name) !== lastPart(reader.name)) return differ;
  if (reader.kind === 'fixed' && writer.kind === 'fixed') {
    return reader.size === writer.size ? undefined : `${reader.name} has another size`;
  }
  if (reader.kind === 'enum' && writer.kind === 'enum') {
    const { symbols, hasDefault } = reader;
    const unknown = writer.symbols.find((symbol) => !symbols.includes(symbol));
    return unknown === undefined || hasDefault ? undefined : `${reader.name} has no ${unknown}`;
  }
  if (reader.kind !== 'record' || writer.kind !== 'record') return differ;
  const pair = `${reader.name} ${writer.name}`;
  if (seen.has(pair)) return undefined;
  seen.add(pair);
  return first(reader.fields, ({ name, type, hasDefault }) => {
    const written = writer.fields.find((field) => field.name === name);
    if (written === undefined) return hasDefault ? undefined : `field ${name} has no default`;
    const reason = unreadable(type, written.type, seen);
    return reason && `field ${name}: ${reason}`;
  });
}

function messageChange(before: protobuf.Type, after: protobuf.Type): string | undefined {
  return fieldsChange(before, after, new Set());
}

function fieldsChange(
  before: protobuf.Type,
  after: protobuf.Type,
  seen: Set<protobuf.Type>,
): string | undefined {
  if (seen.has(before)) return undefined;
  seen.add(before);
  const ids = new Set([before, after].flatMap(({ fieldsById }) => Object.keys(fieldsById)));
  return first(Array.from(ids, Number), (id) => {
    const [old, next] = [before.fieldsById[id], after.fieldsById[id]];
    if (old !== undefined && next !== undefined) return fieldChange(old, next, seen);
    const only = (old ?? next) as protobuf.Field;
    const isOptional = !only.required && !only.repeated && !only.map;
    return isOptional ? undefined : `field ${only.name} is not optional`;
  });
}

function fieldChange(
  before: protobuf.Field,
  after: protobuf.Field,
  seen: Set<protobuf.Type>,
): string | undefined {
  if (shape(before) !== shape(after)) return `field ${before.name} has changed`;
  const [old, next] = [before.resolvedType, after.resolvedType];
  if (old instanceof protobuf.Type && next instanceof protobuf.Type) {
    return fieldsChange(old, next, seen);
  }
  if (old instanceof protobuf.Enum && next instanceof protobuf.Enum) {
    const isSame = JSON.stringify(old.values) === JSON.stringify(next.values);
    return isSame ? undefined : `enum ${old.name} has changed`;
  }
  return undefined;
}

function shape(field: protobuf.Field): string {
  const { name, type, repeated, required, map } = field;
  const keyType = field instanceof protobuf.MapField ? field.keyType : '';
  return [name, type, repeated, required, map, keyType].join(' ');
}

function first<Item>(items: readonly Item[], reason: (item: Item) => string | undefined) {
  for (const item of items) {
    const found = reason(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
