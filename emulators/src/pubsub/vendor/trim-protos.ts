/**
 * Makes `google-pubsub-v1.json` from the descriptors inside Google's Node clients:
 *
 *     node emulators/src/pubsub/vendor/trim-protos.ts
 *
 * Keeps message shapes, enums, methods and their REST paths; drops comments, deprecations and
 * options for other languages. A test compares the file with the installed client.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

interface Descriptor {
  nested?: Record<string, Descriptor>;
  fields?: Record<string, { options?: Record<string, unknown> }>;
  methods?: Record<string, { options?: unknown; parsedOptions?: Record<string, unknown>[] }>;
  options?: unknown;
}

const WELL_KNOWN = ['Duration', 'Timestamp', 'Empty', 'FieldMask', 'Struct', 'Value', 'NullValue', 'ListValue'];

export function trimProtos(): Descriptor {
  const require = createRequire(import.meta.url);
  const client = require.resolve('@google-cloud/pubsub').replace(/src[\\/]index\.js$/, 'protos/protos.json');
  const gax = createRequire(client).resolve('google-gax').replace(/src[\\/]index\.js$/, 'protos/iam_service.json');
  const pubsub = google(client);
  const iam = google(gax);
  const wellKnown = Object.fromEntries(WELL_KNOWN.map((name) => [name, pubsub.protobuf!.nested![name]!]));
  return {
    nested: {
      google: {
        nested: {
          pubsub: trim(pubsub.pubsub!),
          iam: trim({ nested: { v1: { nested: omit(iam.iam!.nested!.v1!.nested!, 'logging') } } }),
          type: trim(iam.type!),
          protobuf: trim({ nested: wellKnown }),
        },
      },
    },
  };
}

function google(path: string): Record<string, Descriptor> {
  return JSON.parse(readFileSync(path, 'utf8')).nested.google.nested;
}

function omit<T>(record: Record<string, T>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}

function trim(descriptor: Descriptor): Descriptor {
  const { options: _, nested, fields, methods, ...rest } = structuredClone(descriptor);
  for (const field of Object.values(fields ?? {})) {
    const kept = Object.entries(field.options ?? {}).filter(([name]) => /^(proto3_optional|packed)$/.test(name));
    delete field.options;
    if (0 < kept.length) field.options = Object.fromEntries(kept);
  }
  for (const method of Object.values(methods ?? {})) {
    const http = method.parsedOptions?.find((option) => '(google.api.http)' in option);
    delete method.parsedOptions;
    method.options = { http: http?.['(google.api.http)'] };
  }
  return {
    ...rest,
    ...(fields && { fields }),
    ...(methods && { methods }),
    ...(nested && { nested: Object.fromEntries(Object.entries(nested).map(([name, child]) => [name, trim(child)])) }),
  };
}

if (import.meta.main) {
  const file = new URL('google-pubsub-v1.json', import.meta.url);
  writeFileSync(file, `${JSON.stringify(trimProtos(), null, 1)}\n`);
}
