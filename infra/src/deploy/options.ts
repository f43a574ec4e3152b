import { parseArgs } from 'node:util';
import { ConfigError } from '@plumbline/contracts';
import { ENVIRONMENTS, type EnvironmentName } from '../environments.ts';

export type Action = 'deploy' | 'destroy';
/** `toolchain` is the stack without a cloud, to see that the tools work. */
export type Target = EnvironmentName | 'toolchain';

export interface Options {
  readonly action: Action;
  readonly target: Target;
  /** Do not ask before something changes. */
  readonly isApproved: boolean;
  /** Print the commands instead of running them. */
  readonly isDryRun: boolean;
  /** Leave the bootstrap stack as it is (deploy). */
  readonly skipsBootstrap: boolean;
  /** Remove the bootstrap stack too (destroy). */
  readonly destroysBootstrap: boolean;
}

export const USAGE = `npm run deploy -- TARGET [--yes] [--skip-bootstrap] [--dry-run]
npm run destroy -- TARGET [--yes] [--bootstrap] [--dry-run]

TARGET is ${Object.keys(ENVIRONMENTS).join(', ')}, or toolchain, which needs no account and shows that the tools work`;

/** Reads `deploy dev --yes`. Throws a ConfigError that lists every problem. */
export function parseOptions(args: readonly string[]): Options {
  const problems: string[] = [];
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    allowPositionals: true,
    strict: false,
    tokens: true,
    options: {
      yes: { type: 'boolean' },
      'dry-run': { type: 'boolean' },
      'skip-bootstrap': { type: 'boolean' },
      bootstrap: { type: 'boolean' },
    },
  });
  const [action, target = '', ...rest] = positionals;
  if (action !== 'deploy' && action !== 'destroy') throw new ConfigError([USAGE]);
  const allowed = ['yes', 'dry-run', action === 'deploy' ? 'skip-bootstrap' : 'bootstrap'];
  for (const token of tokens) {
    if (token.kind === 'option' && !allowed.includes(token.name)) {
      problems.push(`${action} has no option --${token.name}; there are --${allowed.join(', --')}`);
    }
  }
  if (rest.length > 0) problems.push(`one target, got also ${rest.join(' ')}`);
  const targets = [...Object.keys(ENVIRONMENTS), 'toolchain'];
  if (!targets.includes(target)) {
    problems.push(`target must be one of ${targets.join(', ')}, got "${target}"`);
  }
  if (problems.length > 0) throw new ConfigError([...problems, `usage:\n${USAGE}`]);
  return {
    action,
    target: target as Target,
    isApproved: values.yes === true,
    isDryRun: values['dry-run'] === true,
    skipsBootstrap: values['skip-bootstrap'] === true,
    destroysBootstrap: values.bootstrap === true,
  };
}
