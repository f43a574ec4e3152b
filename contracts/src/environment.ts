import { ConfigError } from './errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads configuration from environment variables and collects every problem before it complains.
 *
 *     const read = readEnvironment(process.env);
 *     const config = { port: read.integer('PORT', { min: 0, max: 65535, fallback: 8000 }) };
 *     read.done(); // throws one ConfigError that lists all that is wrong
 */
export function readEnvironment(env: Environment) {
  const problems: string[] = [];
  return {
    /** A non-empty string. Without a fallback the variable is required. */
    string(name: string, fallback?: string): string {
      const value = env[name] || fallback;
      if (value === undefined) problems.push(`${name} is required`);
      return value ?? '';
    },
    /** A number in [min, max]. */
    number(name: string, range: { min: number; max: number; fallback: number }): number {
      return number(name, range, Number.isFinite, 'a number');
    },
    /** A whole number in [min, max]. */
    integer(name: string, range: { min: number; max: number; fallback: number }): number {
      return number(name, range, Number.isSafeInteger, 'a whole number');
    },
    oneOf<const Choice extends string>(
      name: string,
      choices: readonly Choice[],
      fallback: Choice,
    ): Choice {
      const value = env[name] || fallback;
      const choice = choices.find((candidate) => candidate === value);
      if (choice === undefined) {
        problems.push(`${name} must be one of ${choices.join(', ')}, got "${value}"`);
      }
      return choice ?? fallback;
    },
    /** Throws a ConfigError if any value read so far was wrong. */
    done(): void {
      if (problems.length > 0) throw new ConfigError(problems);
    },
  };

  function number(
    name: string,
    { min, max, fallback }: { min: number; max: number; fallback: number },
    accepts: (value: number) => boolean,
    kind: string,
  ): number {
    const text = env[name];
    if (text === undefined || text === '') return fallback;
    const value = Number(text);
    if (accepts(value) && min <= value && value <= max) return value;
    problems.push(`${name} must be ${kind} from ${min} to ${max}, got "${text}"`);
    return fallback;
  }
}
