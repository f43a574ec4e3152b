import type { ModelStore } from '../model/model-store.ts';
import {
  assign,
  dismiss,
  importVersion,
  listVersions,
  loadVersion,
  rollback,
} from '../model/operations.ts';
import { compareModels } from './compare-models.ts';

/** The command line is not one of ours. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const USAGE = `usage: npm run models -- COMMAND
  list                   all versions, with the roles they play
  show VERSION           the card of a version
  promote VERSION        make a version current; servers follow at their next look
  rollback               back to the version before the current one
  challenge VERSION      let a version judge in the shadow of the current one
  dismiss VERSION        end that
  import FILE            a forest of scikit-learn (sklearn/export_forest.py) becomes a challenger
  compare VERSION [OTHER]  what differs; OTHER is the current version if left out`;

/** What commands ask of the world. */
export interface CommandEffects {
  readonly store: ModelStore;
  readonly nowMs: number;
  readText(path: string): Promise<string>;
}

/** Runs one command and gives what to print. */
export async function runCommand(
  [command, ...operands]: readonly string[],
  effects: CommandEffects,
): Promise<string> {
  const { store, nowMs } = effects;
  switch (command) {
    case 'list':
      return list(store);
    case 'show':
      return show(store, only(operands));
    case 'promote': {
      const { version, previous } = await assign(store, 'current', only(operands), nowMs);
      return `${version} is current${previous === null ? '' : `, before it ${previous.version}`}`;
    }
    case 'rollback': {
      const { version } = await rollback(store, nowMs);
      return `${version} is current again`;
    }
    case 'challenge': {
      const { version } = await assign(store, 'challenger', only(operands), nowMs);
      return `${version} judges in the shadow of the current version: see /models and /metrics`;
    }
    case 'dismiss':
      await dismiss(store, only(operands));
      return 'dismissed';
    case 'import': {
      const text = await effects.readText(only(operands));
      const version = await importVersion(store, parseJson(text), nowMs);
      return `${version} is stored and judges in the shadow of the current version`;
    }
    case 'compare':
      return compare(store, operands);
    default:
      throw new UsageError(USAGE);
  }
}

async function list(store: ModelStore): Promise<string> {
  const entries = await listVersions(store);
  if (entries.length === 0) return `model ${store.name} has no version yet: npm run train`;
  return entries
    .map(({ version, roles }) => `${version}  ${roles.join(', ')}`.trimEnd())
    .join('\n');
}

async function show(store: ModelStore, version: string): Promise<string> {
  const card = await store.readFile(version, 'card.md');
  if (card === null) throw new UsageError(`there is no version ${version}: npm run models -- list`);
  return card.trimEnd();
}

async function compare(store: ModelStore, operands: readonly string[]): Promise<string> {
  const [version, other = (await store.readPointer('current'))?.pointer.version] = operands;
  if (version === undefined || 2 < operands.length) throw new UsageError(USAGE);
  if (other === undefined) throw new UsageError('there is no current version to compare with');
  const [first, second] = await Promise.all([
    loadVersion(store, version),
    loadVersion(store, other),
  ]);
  return compareModels(first, second);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError('the file is not JSON');
  }
}

function only(operands: readonly string[]): string {
  const [operand] = operands;
  if (operand === undefined || 1 < operands.length) throw new UsageError(USAGE);
  return operand;
}
