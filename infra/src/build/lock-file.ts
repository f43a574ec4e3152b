/** What of a package-lock.json (version 3) is needed here. */
export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export interface SlicedLockFile extends LockFile {
  readonly name: string;
  readonly version: string;
  readonly lockfileVersion: 3;
  readonly requires: true;
}

export interface LockedPackage {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly [field: string]: unknown;
}

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/**
 * The part of the repository's lock file that some dependencies of one workspace need, as a lock file of its
 * own: what is deployed has the very versions, with the very checksums, that were tested.
 *
 * `workspace` is the folder of the workspace (`functions`). Throws if a dependency is not in the lock file.
 */
export function sliceLockFile(
  lock: LockFile,
  workspace: string,
  manifest: Manifest,
): SlicedLockFile {
  /** Path in the new tree → path in the repository's. */
  const sources = new Map<string, string>();
  const visit = (name: string, from: string, parent: string, isOptional: boolean): void => {
    const source = resolve(name, from, (path) => lock.packages[path] !== undefined);
    if (source === undefined) {
      if (isOptional) return;
      throw new Error(`package-lock.json has no ${name} for ${from || 'the repository'}`);
    }
    const found = resolve(name, parent, (path) => sources.has(path));
    if (found !== undefined && sources.get(found) === source) return;
    const target = found === undefined ? `node_modules/${name}` : join(parent, name);
    sources.set(target, source);
    for (const [dependency, optional] of edges(lock.packages[source] as LockedPackage)) {
      visit(dependency, source, target, optional);
    }
  };
  for (const name of Object.keys(manifest.dependencies).sort()) visit(name, workspace, '', false);

  const packages: Record<string, LockedPackage> = { '': { ...manifest } };
  for (const [target, source] of [...sources].sort(([a], [b]) => (a < b ? -1 : 1))) {
    packages[target] = withoutRole(lock.packages[source] as LockedPackage);
  }
  return {
    name: manifest.name,
    version: manifest.version,
    lockfileVersion: 3,
    requires: true,
    packages,
  };
}

/** The version of a dependency that a workspace gets. */
export function lockedVersion(lock: LockFile, workspace: string, name: string): string {
  const path = resolve(name, workspace, (candidate) => lock.packages[candidate] !== undefined);
  const version = path === undefined ? undefined : lock.packages[path]?.version;
  if (version === undefined) throw new Error(`package-lock.json has no ${name} for ${workspace}`);
  return version;
}

/** Where Node finds a package: in the folder's own node_modules, or in that of a folder above. */
function resolve(
  name: string,
  from: string,
  exists: (path: string) => boolean,
): string | undefined {
  for (let folder = from; ; ) {
    const path = join(folder, name);
    if (exists(path)) return path;
    if (folder === '') return undefined;
    const above = folder.lastIndexOf('/node_modules/');
    folder = above === -1 ? '' : folder.slice(0, above);
  }
}

function join(folder: string, name: string): string {
  return folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
}

function edges(locked: LockedPackage): [name: string, isOptional: boolean][] {
  const peers = Object.keys(locked.peerDependencies ?? {}).map((name): [string, boolean] => [
    name,
    locked.peerDependenciesMeta?.[name]?.optional === true,
  ]);
  return [
    ...Object.keys(locked.dependencies ?? {}).map((name): [string, boolean] => [name, false]),
    ...Object.keys(locked.optionalDependencies ?? {}).map((name): [string, boolean] => [
      name,
      true,
    ]),
    ...peers,
  ];
}

/** Whether the repository needs a package for development only says nothing of the one who deploys it. */
function withoutRole({ dev, devOptional, peer, ...locked }: LockedPackage): LockedPackage {
  return locked;
}
