import protobuf from 'protobufjs';
import { isAvroBinary, isAvroJson, parseAvro } from './avro.ts';
import { invalid } from './errors.ts';
import { fromJson } from './json.ts';

export type Encoding = 'JSON' | 'BINARY';
export type SchemaType = 'AVRO' | 'PROTOCOL_BUFFER';

/** Whether data is a message of a schema. */
export type Validator = (data: Uint8Array, encoding: Encoding) => boolean;

// https://cloud.google.com/pubsub/quotas#resource_limits
const MAX_DEFINITION_BYTES = 300_000;

/** Reads a schema definition. Throws INVALID_ARGUMENT that says what is wrong with it. */
export function parseDefinition(type: string | undefined, definition = ''): Validator {
  if (definition === '') throw invalid('Invalid schema definition: it is empty');
  const sizeBytes = Buffer.byteLength(definition);
  if (MAX_DEFINITION_BYTES < sizeBytes) {
    throw invalid(
      `Invalid schema definition: ${sizeBytes} bytes, the most is ${MAX_DEFINITION_BYTES}`,
    );
  }
  if (type === 'AVRO') return avroValidator(definition);
  if (type === 'PROTOCOL_BUFFER') return protobufValidator(definition);
  throw invalid(`Invalid schema type: ${type ?? 'none'}, wanted AVRO or PROTOCOL_BUFFER`);
}

function avroValidator(definition: string): Validator {
  const schema = parseAvro(definition);
  return (data, encoding) => {
    if (encoding === 'BINARY') return isAvroBinary(schema, data);
    const json = parseJson(data);
    return json !== undefined && isAvroJson(schema, json);
  };
}

/** https://cloud.google.com/pubsub/docs/schemas: one top-level message, and no imports. */
function protobufValidator(definition: string): Validator {
  const type = topLevelMessage(definition);
  return (data, encoding) => {
    try {
      if (encoding === 'BINARY') type.decode(data);
      else fromJson(type, parseJson(data));
      return true;
    } catch {
      return false;
    }
  };
}

/** The one message of a protocol buffer definition. Throws INVALID_ARGUMENT. */
export function topLevelMessage(definition: string): protobuf.Type {
  let parsed: protobuf.IParserResult;
  try {
    parsed = protobuf.parse(definition);
    parsed.root.resolveAll();
  } catch (cause) {
    throw invalid(`Invalid schema definition: ${(cause as Error).message}`);
  }
  if (parsed.imports?.length || parsed.weakImports?.length) {
    throw invalid('Invalid schema definition: imports are not supported');
  }
  const scope = parsed.package ? parsed.root.lookup(parsed.package) : parsed.root;
  const messages = (scope as protobuf.Namespace).nestedArray.filter(
    (child) => child instanceof protobuf.Type,
  );
  const [only, ...more] = messages;
  if (only === undefined || 0 < more.length) {
    throw invalid(
      `Invalid schema definition: wanted one top-level message, got ${messages.length}`,
    );
  }
  return only;
}

function parseJson(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.length).toString());
  } catch {
    return undefined;
  }
}
