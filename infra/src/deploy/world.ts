import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** A program with its arguments, run in the root of the repository. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder, from the root of the repository. */
  readonly folder?: string;
}

/** What a deployment asks of the machine. */
export interface World {
  /** Runs a command that the person sees and may answer. Throws CommandError if it fails. */
  run(command: Command): Promise<void>;
  /** What a command prints, or undefined if it fails. */
  capture(command: Command): Promise<string | undefined>;
  /** True if a file of the repository exists. */
  exists(path: string): boolean;
  read(path: string): string;
  print(line: string): void;
}

export class CommandError extends Error {
  override readonly name = 'CommandError';
}

export function spell({ program, args, env = {} }: Command): string {
  const quote = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`);
  const variables = Object.entries(env)
    .filter(([name]) => name !== 'PATH')
    .map(([name, value]) => `${name}=${quote(value)}`);
  return [...variables, program, ...args.map(quote)].join(' ');
}

/** `environment` is that of this process. */
export function realWorld(
  root: string,
  environment: Readonly<Record<string, string | undefined>>,
): World {
  const place = ({ env, folder }: Command) => ({
    cwd: folder === undefined ? root : `${root}/${folder}`,
    env: { ...environment, ...env },
  });
  return {
    run(command) {
      return new Promise((resolve, reject) => {
        const child = spawn(command.program, command.args, { ...place(command), stdio: 'inherit' });
        child.once('error', (cause) => reject(failure(command, cause.message)));
        child.once('exit', (code, signal) => {
          if (code === 0) resolve();
          else reject(failure(command, signal ?? `exit status ${code}`));
        });
      });
    },
    async capture(command) {
      try {
        const { stdout } = await promisify(execFile)(command.program, command.args, place(command));
        return stdout.trim();
      } catch {
        return undefined;
      }
    },
    exists: (path) => existsSync(`${root}/${path}`),
    read: (path) => readFileSync(`${root}/${path}`, 'utf8'),
    print: (line) => console.log(line),
  };
}

function failure(command: Command, reason: string): CommandError {
  return new CommandError(`${reason}: ${spell(command)}`);
}

/** Prints what would be run. Nothing exists yet and nothing answers, as on a first deployment. */
export function dryWorld(print: (line: string) => void): World {
  return {
    run: async (command) => print(spell(command)),
    async capture(command) {
      print(spell(command));
      return undefined;
    },
    exists: () => false,
    read: () => '{}',
    print,
  };
}
