import { createHash } from 'node:crypto';
import { loadBundle, type ModelBundle, ModelError } from '@plumbline/detection';
import type { VersionReference } from './model-pointer.ts';
import { ModelRefused } from './model-refused.ts';

/** A model version that passed every check and may score. Never changes. */
export interface LoadedModel {
  readonly version: string;
  readonly sha256: string;
  readonly trainedAt: string;
  readonly bundle: ModelBundle;
}

/**
 * Turns the bytes of a model.json into a model, or says why not.
 *
 * In order: length and SHA-256 against the pointer, JSON, then the format, finiteness of every number and
 * the golden vectors, which `loadBundle` checks.
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
  return {
    version: reference.version,
    sha256,
    trainedAt: reference.trained_at,
    bundle: readBundle(bytes),
  };
}

function readBundle(bytes: Buffer): ModelBundle {
  try {
    return loadBundle(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    if (cause instanceof ModelError || cause instanceof SyntaxError) {
      throw new ModelRefused('content', cause.message, { cause });
    }
    throw cause;
  }
}
