import { METRIC_NAMES } from '@plumbline/contracts';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { RequestProblem } from './problem.ts';

/** What is wrong with one field of a request. */
export interface FieldProblem {
  /** JSON pointer into the body. */
  readonly pointer: string;
  readonly code: string;
  /** What was wanted. Never holds the value that was sent. */
  readonly detail: string;
}

const MAX_POINTER_LENGTH = 128;

/**
 * Compiles a schema to a check that changes nothing: no coercion, no defaults, no dropped fields.
 *
 * The check gives an empty list if the input fits.
 */
export function compileCheck(schema: TSchema): (input: unknown) => readonly FieldProblem[] {
  const validator = Compile(schema);
  return (input) => (validator.Check(input) ? [] : describe(validator.Errors(input)));
}

/** Fastify's hook for schemas of requests. */
export function validatorCompiler({ schema }: { schema: unknown }) {
  const check = compileCheck(schema as TSchema);
  return (input: unknown) => {
    const problems = check(input);
    return problems.length === 0
      ? { value: input }
      : { error: new RequestProblem('invalid_request', undefined, problems) };
  };
}

/** What a schema cannot say well: one metric of many. */
export function checkHasMetric(reading: object): readonly FieldProblem[] {
  if (METRIC_NAMES.some((name) => name in reading)) return [];
  const detail = `must have at least one of ${METRIC_NAMES.join(', ')}`;
  return [{ pointer: '', code: 'required', detail }];
}

function describe(errors: readonly TLocalizedValidationError[]): FieldProblem[] {
  return errors.flatMap((error): FieldProblem[] => {
    const { instancePath, keyword, message } = error;
    const at = (pointer: string, code: string, detail: string) => [
      { pointer: pointer.slice(0, MAX_POINTER_LENGTH), code, detail },
    ];
    switch (error.keyword) {
      case 'required':
        return error.params.requiredProperties.flatMap((name) =>
          at(`${instancePath}/${name}`, 'required', 'is required'),
        );
      case 'boolean':
        return at(instancePath, 'unknown_field', 'is not a field of this request');
      // The same finding as `boolean` above, told once more of the object that holds the field.
      case 'additionalProperties':
        return [];
      case 'type':
        return at(instancePath, 'type', `must be ${nameOfType(error.params.type)}`);
      default:
        return at(instancePath, keyword, message);
    }
  });
}

function nameOfType(type: string | string[]): string {
  const name = Array.isArray(type) ? type.join(' or ') : type;
  if (name === 'number') return 'a finite number';
  if (name === 'integer') return 'a whole number';
  return /^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`;
}
