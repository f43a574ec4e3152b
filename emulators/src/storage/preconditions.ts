import { invalid, StorageError } from './errors.ts';

/** Source: https://cloud.google.com/storage/docs/request-preconditions */
export interface Preconditions {
  readonly generationMatch?: number;
  readonly generationNotMatch?: number;
  readonly metagenerationMatch?: number;
  readonly metagenerationNotMatch?: number;
}

/** What a precondition is compared with; absent things have generation 0. */
export interface Versioned {
  readonly generation: number;
  readonly metageneration: number;
}

/** Reads `ifGenerationMatch` and its three siblings; for a copy's source the prefix is `ifSource`. */
export function parsePreconditions(
  query: URLSearchParams,
  prefix: 'if' | 'ifSource' = 'if',
): Preconditions {
  return {
    ...one('generationMatch', 'GenerationMatch'),
    ...one('generationNotMatch', 'GenerationNotMatch'),
    ...one('metagenerationMatch', 'MetagenerationMatch'),
    ...one('metagenerationNotMatch', 'MetagenerationNotMatch'),
  };
  function one(key: keyof Preconditions, suffix: string): Preconditions {
    const value = parseGeneration(query, `${prefix}${suffix}`);
    return value === undefined ? {} : { [key]: value };
  }
}

/** A 64-bit number in the query, or undefined if it is not there. */
export function parseGeneration(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,16}$/.test(text)) throw invalid(`Invalid value for ${name}: ${text}`);
  return Number(text);
}

/** Throws 412 when one does not hold; for a read, a failed "not match" is 304 instead. */
export function checkPreconditions(
  conditions: Preconditions,
  current: Versioned | undefined,
  purpose: 'read' | 'write',
): void {
  const generation = current?.generation ?? 0;
  const metageneration = current?.metageneration;
  const { generationMatch, generationNotMatch, metagenerationMatch, metagenerationNotMatch } =
    conditions;
  if (generationMatch !== undefined && generationMatch !== generation) throw failed();
  if (metagenerationMatch !== undefined && metagenerationMatch !== metageneration) throw failed();
  const unchanged =
    (generationNotMatch !== undefined && generationNotMatch === generation) ||
    (metagenerationNotMatch !== undefined && metagenerationNotMatch === metageneration);
  if (unchanged) throw purpose === 'read' ? notModified() : failed();
}

function failed(): StorageError {
  return new StorageError(
    412,
    'conditionNotMet',
    'At least one of the pre-conditions you specified did not hold.',
  );
}

function notModified(): StorageError {
  return new StorageError(304, 'notModified', 'Not Modified');
}
