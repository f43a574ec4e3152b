import { createHash } from 'node:crypto';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { ModelRefused } from './model-refused.ts';

const strict = { additionalProperties: false } as const;

/** A model version and how to know that what was downloaded is it. */
export const VersionReference = Type.Object(
  {
    version: Type.String({ pattern: '^\\d{8}T\\d{6}Z-[0-9a-f]{8}$' }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'of model.json' }),
    size_bytes: Type.Integer({ minimum: 1 }),
    trained_at: Type.String({ format: 'date-time' }),
  },
  strict,
);
export type VersionReference = Static<typeof VersionReference>;

/**
 * What `models/{name}/current.json` and `challenger.json` hold: which version plays the role.
 *
 * The version that it replaced stands in the same object, so that one atomic write both promotes and
 * remembers where to roll back to.
 */
export const ModelPointer = Type.Object(
  {
    schema: Type.Literal('model-pointer/1'),
    name: Type.String({ minLength: 1 }),
    ...VersionReference.properties,
    promoted_at: Type.String({ format: 'date-time' }),
    previous: Type.Union([VersionReference, Type.Null()]),
  },
  strict,
);
export type ModelPointer = Static<typeof ModelPointer>;

export type PointerRole = 'current' | 'challenger';
export type VersionFile = 'model.json' | 'metrics.json' | 'card.md';

const pointerCheck = Compile(ModelPointer);

export function pointerPath(name: string, role: PointerRole): string {
  return `models/${name}/${role}.json`;
}

export function versionPath(name: string, version: string, file: VersionFile): string {
  return `models/${name}/versions/${version}/${file}`;
}

/** Names a version by when it was trained and by its content: sorts by time, and two contents never share a name. */
export function referenceTo(model: Buffer, trainedAt: string): VersionReference {
  const sha256 = createHash('sha256').update(model).digest('hex');
  const stamp = `${trainedAt.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  return {
    version: `${stamp}-${sha256.slice(0, 8)}`,
    sha256,
    size_bytes: model.length,
    trained_at: trainedAt,
  };
}

/** The pointer that puts a version in a role, replacing what is there. */
export function pointTo(
  name: string,
  next: VersionReference,
  replaced: ModelPointer | null,
  promotedAt: string,
): ModelPointer {
  return {
    schema: 'model-pointer/1',
    name,
    ...pickReference(next),
    promoted_at: promotedAt,
    previous: replaced === null ? null : pickReference(replaced),
  };
}

/** @throws ModelRefused `pointer` that names the first wrong field */
export function parsePointer(text: string, name: string): ModelPointer {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    throw new ModelRefused('pointer', 'the pointer is not JSON');
  }
  if (!pointerCheck.Check(input)) {
    const [first] = pointerCheck.Errors(input);
    throw new ModelRefused('pointer', `the pointer${first?.instancePath} ${first?.message}`);
  }
  if (input.name !== name) {
    throw new ModelRefused('pointer', `the pointer is for model ${input.name}, not ${name}`);
  }
  return input;
}

function pickReference(from: VersionReference): VersionReference {
  const { version, sha256, size_bytes, trained_at } = from;
  return { version, sha256, size_bytes, trained_at };
}
