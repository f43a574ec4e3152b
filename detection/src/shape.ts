import { ModelError } from './errors.ts';

/** Readers of plain data that came from outside: each gives the value in its type or throws `ModelError`. */
export function readObject(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ModelError(`${where} is ${kindOf(value)}, wanted an object`);
  return value as Record<string, unknown>;
}

export function readArray(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new ModelError(`${where} is ${kindOf(value)}, wanted an array`);
  return value;
}

export function readString(value: unknown, where: string): string {
  if (typeof value !== 'string')
    throw new ModelError(`${where} is ${kindOf(value)}, wanted a string`);
  return value;
}

export function readNumber(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new ModelError(`${where} is ${kindOf(value)}, wanted a finite number`);
  return value;
}

export function readInteger(value: unknown, where: string, least: number, most: number): number {
  const number = readNumber(value, where);
  if (!Number.isInteger(number) || number < least || most < number)
    throw new ModelError(`${where} is ${number}, wanted an integer in [${least}, ${most}]`);
  return number;
}

export function readNumbers(value: unknown, where: string): number[] {
  return readArray(value, where).map((entry, i) => readNumber(entry, `${where}[${i}]`));
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'number' || value === undefined ? String(value) : typeof value;
}
