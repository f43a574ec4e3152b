import { createHash } from 'node:crypto';
import { loadBundle, type ModelBundle, ModelError, saveBundle } from '@plumbline/detection';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import type { VersionReference } from './model-pointer.ts';
import { ModelRefused } from './model-refused.ts';
import { TrainingProfile } from './training-profile.ts';

/** A model version that passed every check and may score. Never changes. */
export interface LoadedModel {
  readonly version: string;
  readonly sha256: string;
  readonly trainedAt: string;
  readonly bundle: ModelBundle;
  readonly profile: TrainingProfile;
}

/** What model.json holds. The bundle's own format is `detection`'s. */
const ModelFile = Type.Object(
  {
    schema: Type.Literal('model/1'),
    profile: TrainingProfile,
    bundle: Type.Unknown(),
  },
  { additionalProperties: false },
);
const fileCheck = Compile(ModelFile);

/** The bytes of a model.json. The same bundle and profile give the same bytes. */
export function encodeModel(bundle: ModelBundle, profile: TrainingProfile): Buffer {
  return Buffer.from(JSON.stringify({ schema: 'model/1', profile, bundle: saveBundle(bundle) }));
}

/**
 * Turns the bytes of a model.json into a model, or says why not.
 *
 * In order: length and SHA-256 against the pointer, JSON, the format, then finiteness of every number and the
 * golden vectors, which `loadBundle` checks.
 *
 * @throws ModelRefused
 */
export function loadModel(reference: VersionReference, bytes: Buffer): LoadedModel {
  if (bytes.length !== reference.size_bytes) {
    throw new ModelRefused('size', `got ${bytes.length} bytes, wanted ${reference.size_bytes}`);
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== reference.sha256) {
    throw new ModelRefused('checksum', `got SHA-256 ${sha256}, wanted ${reference.sha256}`);
  }
  const { bundle, profile } = decodeModel(bytes);
  return {
    version: reference.version,
    sha256,
    trainedAt: reference.trained_at,
    bundle,
    profile,
  };
}

/** @throws ModelRefused `content` */
export function decodeModel(bytes: Buffer): { bundle: ModelBundle; profile: TrainingProfile } {
  try {
    const file: unknown = JSON.parse(bytes.toString('utf8'));
    if (!fileCheck.Check(file)) {
      const [first] = fileCheck.Errors(file);
      throw new ModelRefused('content', `model.json${first?.instancePath} ${first?.message}`);
    }
    return { bundle: loadBundle(file.bundle), profile: file.profile };
  } catch (cause) {
    if (cause instanceof ModelError || cause instanceof SyntaxError) {
      throw new ModelRefused('content', cause.message, { cause });
    }
    throw cause;
  }
}
