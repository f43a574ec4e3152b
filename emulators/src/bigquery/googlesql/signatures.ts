import { coerce, commonType, type Typed } from './typed.ts';
import { arrayOf, duckType, NULL_TYPE, type SqlType, sameType, scalarNamed } from './types.ts';

/** One accepted list of argument types, and the DuckDB text it becomes. */
export interface Rule {
  readonly name: string;
  /** `T` stands for any one type, `C` for one that can be compared, `...` after the last for any number of it. */
  readonly parameters: readonly string[];
  readonly isVariadic: boolean;
  readonly result: string;
  readonly template: string;
}

/**
 * Reads lines of `NAME(INT64, STRING) -> BOOL := duck($1, $2)`.
 *
 * In a template `$1` is the first argument, `$*` all of them after commas, `$||` all of them joined
 * by `||`, and `$R` the DuckDB type of the result.
 */
export function readRules(table: string): ReadonlyMap<string, readonly Rule[]> {
  const rules = new Map<string, Rule[]>();
  for (const line of table.split('\n')) {
    if (line.trim() === '') continue;
    const match = /^\s*([\w.]+)\((.*?)\) -> (\S+) := (.+)$/.exec(line);
    if (match === null) throw new Error(`not a rule: ${line}`);
    const [, name = '', list = '', result = '', template = ''] = match;
    const isVariadic = list.endsWith('...');
    const parameters = list
      .replace(/\.\.\.$/, '')
      .split(', ')
      .filter((each) => each !== '');
    const rule = { name, parameters, isVariadic, result, template };
    rules.set(name, [...(rules.get(name) ?? []), rule]);
  }
  return rules;
}

export interface Match {
  readonly args: readonly Typed[];
  readonly type: SqlType;
  readonly rule: Rule;
}

/** The rule that fits with the fewest coercions, or undefined. */
export function matchRule(rules: readonly Rule[], args: readonly Typed[]): Match | undefined {
  let best: { match: Match; cost: number } | undefined;
  for (const rule of rules) {
    const match = tryRule(rule, args);
    if (match === undefined) continue;
    const cost = args.filter(
      (arg, index) => !sameType(arg.type, match.args[index]?.type ?? NULL_TYPE),
    ).length;
    if (best === undefined || cost < best.cost) best = { match, cost };
  }
  return best?.match;
}

/** The DuckDB text of a match. */
export function fillTemplate({ rule, args, type }: Match): string {
  return rule.template.replace(/\$(\d|\*|\|\||R)/g, (_, what: string) => {
    if (what === '*') return args.map((arg) => arg.sql).join(', ');
    if (what === '||') return args.map((arg) => arg.sql).join(' || ');
    return what === 'R' ? duckType(type) : (args[Number(what) - 1]?.sql ?? '');
  });
}

function tryRule(rule: Rule, args: readonly Typed[]): Match | undefined {
  const { parameters, isVariadic } = rule;
  if (isVariadic ? args.length < parameters.length : args.length !== parameters.length)
    return undefined;
  const wanted = args.map((_, index) => parameters[Math.min(index, parameters.length - 1)] ?? '');
  const free = commonType(
    args.flatMap((arg, index) => {
      if (wanted[index] === 'T' || wanted[index] === 'C') return [arg];
      if (wanted[index] !== 'ARRAY<T>') return [];
      if (arg.type.kind === 'ARRAY') return [{ sql: '', type: arg.type.element }];
      return [];
    }),
  );
  if (free === undefined) return undefined;
  if (wanted.includes('C') && ['JSON', 'ARRAY', 'STRUCT'].includes(free.kind)) return undefined;
  const coerced: Typed[] = [];
  for (const [index, arg] of args.entries()) {
    const value = coerce(arg, readType(wanted[index] ?? '', free));
    if (value === undefined) return undefined;
    coerced.push(value);
  }
  return { args: coerced, type: readType(rule.result, free), rule };
}

function readType(name: string, free: SqlType): SqlType {
  if (name === 'T' || name === 'C') return free;
  const element = /^ARRAY<(.+)>$/.exec(name)?.[1];
  if (element !== undefined) return arrayOf(readType(element, free));
  const type = scalarNamed(name);
  if (type === undefined) throw new Error(`no such type in a rule: ${name}`);
  return type;
}
