import type { ModelPointer } from '../model/model-pointer.ts';
import type { ModelStore } from '../model/model-store.ts';
import {
  assign,
  dismiss,
  importVersion,
  listVersions,
  loadVersion,
  rollback,
} from '../model/operations.ts';
import type { TrainingReport } from '../train/training-report.ts';
import { tryToRecord, type VersionLog } from '../warehouse/version-log.ts';
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
  readonly versions: VersionLog;
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
      const pointer = await assign(store, 'current', only(operands), nowMs);
      const before = pointer.previous === null ? '' : `, before it ${pointer.previous.version}`;
      return recorded(effects, pointer, 'promoted', `${pointer.version} is current${before}`);
    }
    case 'rollback': {
      const pointer = await rollback(store, nowMs);
      return recorded(effects, pointer, 'promoted', `${pointer.version} is current again`);
    }
    case 'challenge': {
      const pointer = await assign(store, 'challenger', only(operands), nowMs);
      const said = `${pointer.version} judges in the shadow of the current version: see /models and /metrics`;
      return recorded(effects, pointer, 'challenger', said);
    }
    case 'dismiss':
      await dismiss(store, only(operands));
      return 'dismissed';
    case 'import': {
      const text = await effects.readText(only(operands));
      const pointer = await importVersion(store, parseJson(text), nowMs);
      const said = `${pointer.version} is stored and judges in the shadow of the current version`;
      return recorded(effects, pointer, 'challenger', said);
    }
    case 'compare':
      return compare(store, operands);
    default:
      throw new UsageError(USAGE);
  }
}

/**
 * Notes in the table model_versions that a version plays a role, and gives what to print.
 *
 * It is told as of when the role was given: a command given again writes what a warehouse that was away missed.
 */
async function recorded(
  { store, versions }: CommandEffects,
  reference: ModelPointer,
  outcome: 'promoted' | 'challenger',
  said: string,
): Promise<string> {
  const text = await store.readFile(reference.version, 'metrics.json');
  const report = text === null ? null : (JSON.parse(text) as TrainingReport);
  const modelName = store.name;
  const atMs = Date.parse(reference.promoted_at);
  const event = { modelName, reference, outcome, reasons: [], report, atMs } as const;
  const problem = await tryToRecord(versions, event);
  return problem === null ? said : `${said}\nnot written to the table model_versions: ${problem}`;
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
