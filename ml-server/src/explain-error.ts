import { ConfigError } from '@plumbline/contracts';
import { ModelError } from '@plumbline/detection';
import { ModelRefused } from './model/model-refused.ts';

/**
 * What to print when a process ends by an error: a sentence for what a person can mend, all there is for a bug.
 */
export function explainError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const isOurs = [ConfigError, ModelError, ModelRefused].some((kind) => error instanceof kind);
  // Google's clients: no connection, or an answer with an HTTP status.
  const isRemote =
    error.name === 'FetchError' || ('code' in error && typeof error.code === 'number');
  if (error.message.includes('ECONNREFUSED')) {
    return `${error.message}\nIs the pipeline running? Start it with: npm start`;
  }
  return isOurs || isRemote ? error.message : error;
}
