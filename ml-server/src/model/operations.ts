import { importForest } from './import-forest.ts';
import { decodeModel, encodeModel, type LoadedModel, loadModel } from './load-model.ts';
import {
  type ModelPointer,
  type PointerRole,
  pointTo,
  referenceTo,
  type VersionReference,
} from './model-pointer.ts';
import { ModelRefused } from './model-refused.ts';
import type { ModelStore } from './model-store.ts';

export interface VersionEntry {
  readonly version: string;
  readonly roles: readonly (PointerRole | 'previous')[];
}

/** The stored versions, oldest first, with the roles they play. */
export async function listVersions(store: ModelStore): Promise<VersionEntry[]> {
  const [versions, current, challenger] = await Promise.all([
    store.listVersions(),
    store.readPointer('current'),
    store.readPointer('challenger'),
  ]);
  const players = {
    current: current?.pointer.version,
    challenger: challenger?.pointer.version,
    previous: current?.pointer.previous?.version,
  };
  return versions.map((version) => ({
    version,
    roles: (['current', 'challenger', 'previous'] as const).filter(
      (role) => players[role] === version,
    ),
  }));
}

/**
 * Puts a stored version in a role, after the checks that a server makes. Servers follow at their next look.
 *
 * A challenger that becomes current is no challenger any more.
 *
 * @throws ModelRefused when the version is not there or not whole; an Error when another writer was faster
 */
export async function assign(
  store: ModelStore,
  role: PointerRole,
  version: string,
  nowMs: number,
): Promise<ModelPointer> {
  const before = await store.readPointer(role);
  if (before?.pointer.version === version) return before.pointer;
  const reference = referenceOf(version, await modelBytes(store, version));
  const promotedAt = new Date(nowMs).toISOString();
  const pointer = pointTo(store.name, reference, before?.pointer ?? null, promotedAt);
  await mustWin(store.writePointer(role, pointer, before?.generation ?? '0'), role);
  if (role === 'current') await dismiss(store, version);
  return pointer;
}

/** Back to the version that the current one replaced. */
export async function rollback(store: ModelStore, nowMs: number): Promise<ModelPointer> {
  const current = await store.readPointer('current');
  if (current === null) throw new Error('there is no current version to roll back from');
  const { previous, version } = current.pointer;
  if (previous === null) throw new Error(`${version} is the first version: nothing was before it`);
  return assign(store, 'current', previous.version, nowMs);
}

/** Ends the shadowing of a version; does nothing if another one is challenger, or none. */
export async function dismiss(store: ModelStore, version: string): Promise<void> {
  const challenger = await store.readPointer('challenger');
  if (challenger?.pointer.version !== version) return;
  await mustWin(store.removePointer('challenger', challenger.generation), 'challenger');
}

/**
 * Stores the current version with one forest replaced by one of scikit-learn, and makes it challenger.
 *
 * @throws ModelRefused when the export does not fit the current version
 */
export async function importVersion(
  store: ModelStore,
  exported: unknown,
  nowMs: number,
): Promise<ModelPointer> {
  const current = await store.readPointer('current');
  if (current === null) throw new Error('there is no current version to put the forest into');
  const base = loadModel(current.pointer, await store.readModel(current.pointer));
  const trainedAt = new Date(nowMs).toISOString();
  const bundle = { ...importForest(base.bundle, exported), trainedAt };
  const bytes = encodeModel(bundle, base.profile);
  const { version } = referenceTo(bytes, trainedAt);
  const card = `# Model ${store.name}, version ${version}\n\nVersion ${base.version} with a forest of scikit-learn.\n`;
  await store.writeFile(version, 'card.md', Buffer.from(card));
  await store.writeFile(version, 'model.json', bytes);
  return assign(store, 'challenger', version, nowMs);
}

/** A version as a server would load it. @throws ModelRefused */
export async function loadVersion(store: ModelStore, version: string): Promise<LoadedModel> {
  const bytes = await modelBytes(store, version);
  return loadModel(referenceOf(version, bytes), bytes);
}

/** A version's name says when it was trained and how its checksum begins: both must fit its bytes. */
function referenceOf(version: string, bytes: Buffer): VersionReference {
  const reference = referenceTo(bytes, decodeModel(bytes).bundle.trainedAt);
  if (reference.version === version) return reference;
  throw new ModelRefused('checksum', `model.json of ${version} is that of ${reference.version}`);
}

async function modelBytes(store: ModelStore, version: string): Promise<Buffer> {
  const text = await store.readFile(version, 'model.json');
  if (text === null) throw new ModelRefused('missing', `there is no version ${version}`);
  return Buffer.from(text);
}

async function mustWin(written: Promise<boolean>, role: PointerRole): Promise<void> {
  if (await written) return;
  throw new Error(`the ${role} pointer was changed by someone else just now: look, then try again`);
}
