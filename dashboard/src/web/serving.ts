/** What `GET /models` of the ML server says. */
export interface Serving {
  readonly name: string;
  readonly current: {
    readonly version: string;
    readonly trained_at: string;
    readonly models: readonly {
      readonly metrics: readonly string[];
      readonly place_type: string | null;
      readonly sample_count: number;
      readonly threshold: number;
    }[];
  } | null;
  readonly shadow: {
    readonly version: string;
    readonly reading_count: number;
    readonly both_count: number;
    readonly current_only_count: number;
    readonly challenger_only_count: number;
    readonly mean_score_difference: number;
  } | null;
  readonly drift: readonly FeatureDrift[];
  readonly problem: {
    readonly at: string;
    readonly reason: string;
    readonly message: string;
  } | null;
}

/** How far live readings are from those that were learned, as a population stability index. */
export interface FeatureDrift {
  readonly metric: string;
  readonly feature: string;
  /** 0 or more. */
  readonly index: number;
}

/** What `GET /api/status` of the ML server says. */
export interface ModelStatus {
  readonly started_at: string;
  readonly challenger_version: string | null;
  readonly judged_count: number;
  readonly anomaly_count: number;
}

/** What `GET /api/history` of the ML server says: stored versions, newest first. */
export interface ModelHistory {
  readonly versions: readonly { readonly version: string; readonly roles: readonly string[] }[];
}

/** The stored version that plays a role, if one does. */
export function versionWith(history: ModelHistory | undefined, role: string): string | undefined {
  return history?.versions.find(({ roles }) => roles.includes(role))?.version;
}

/** How much drift an index means: the thresholds of docs/models.md. */
export function driftOf(index: number): 'none' | 'some' | 'much' {
  return index < 0.1 ? 'none' : index <= 0.25 ? 'some' : 'much';
}

/** A stored version, a version that scored in the range, or both. `roles` is null for rules alone. */
export interface VersionLine<Row, Record> {
  readonly version: string | null;
  readonly roles: readonly string[] | null;
  /** What it said in the range. */
  readonly said: Row | null;
  /** How it did when it was trained. */
  readonly record: Record | null;
}

interface OfVersion {
  readonly model_version: string | null;
}

/** Every version that is stored or scored something, newest first; rules alone come last. */
export function versionLines<Row extends OfVersion, Record extends OfVersion>(
  stored: ModelHistory['versions'],
  rows: readonly Row[],
  records: readonly Record[],
): readonly VersionLine<Row, Record>[] {
  const roles = new Map(stored.map((one) => [one.version, one.roles]));
  const said = new Map(rows.map((row) => [row.model_version, row]));
  const trained = new Map(records.map((row) => [row.model_version, row]));
  // A version's name begins with the time of its training.
  const versions = [...new Set([...roles.keys(), ...said.keys()])].sort((a, b) =>
    (a ?? '') < (b ?? '') ? 1 : -1,
  );
  return versions.map((version) => ({
    version,
    roles: version === null ? null : (roles.get(version) ?? []),
    said: said.get(version) ?? null,
    record: trained.get(version) ?? null,
  }));
}
