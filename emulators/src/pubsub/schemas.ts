import { createHash } from 'node:crypto';
import { alreadyExists, failedPrecondition, invalid, notFound, StatusError } from './errors.ts';
import type { StateEvent } from './events.ts';
import { checkRoom, type Limits } from './limits.ts';
import { type DraftMessage, type Seconds, toTimestamp } from './message.ts';
import { checkName, DELETED_SCHEMA } from './names.ts';
import type { TopicResource } from './resources.ts';
import { incompatibility } from './schema-compatibility.ts';
import { type Encoding, parseDefinition, type Validator } from './schema-definition.ts';

/** google.pubsub.v1.Schema: one revision. */
export interface SchemaRevision {
  readonly name?: string;
  readonly type?: string;
  readonly definition?: string;
  readonly revisionId?: string;
  readonly revisionCreateTime?: Seconds;
}

interface Revision {
  readonly resource: SchemaRevision & { readonly revisionId: string };
  readonly isValid: Validator;
}

// https://cloud.google.com/pubsub/docs/commit-schema-revision
const MAX_REVISIONS = 20;

/** Schemas with their revisions, oldest first. Pure bookkeeping; every change is recorded. */
export class Schemas {
  readonly #now: () => number;
  readonly #record: (event: StateEvent) => void;
  readonly #limits: Limits;
  readonly #byName = new Map<string, readonly Revision[]>();
  #revisionCount = 0;

  constructor(now: () => number, record: (event: StateEvent) => void, limits: Limits) {
    this.#now = now;
    this.#limits = limits;
    this.#record = record;
  }

  create(name: string, draft: SchemaRevision): SchemaRevision {
    checkName('schemas', name);
    if (this.#byName.has(name)) throw alreadyExists(name);
    checkRoom(this.#limits, 'schemas', this.#byName.size);
    return this.#add(name, draft, []);
  }

  /** The newest revision, or the one after the `@` of the name. */
  get(name: string | undefined): SchemaRevision {
    const [bare = '', revisionId] = (name ?? '').split('@');
    const revisions = this.#revisions(bare);
    if (revisionId === undefined) return (revisions.at(-1) as Revision).resource;
    const found = revisions.find(({ resource }) => resource.revisionId === revisionId);
    if (found === undefined) throw notFound(name as string);
    return found.resource;
  }

  /** The newest revision of each schema. */
  list(): (SchemaRevision & { name: string })[] {
    return Array.from(this.#byName.keys(), (name) => ({ ...this.get(name), name }));
  }

  /** Newest first. */
  revisions(name: string | undefined): SchemaRevision[] {
    return this.#revisions(name)
      .map(({ resource }) => resource)
      .reverse();
  }

  commit(name: string | undefined, draft: SchemaRevision): SchemaRevision {
    const revisions = this.#revisions(name);
    const { type, definition = '' } = (revisions.at(-1) as Revision).resource;
    if (draft.type !== type)
      throw invalid(`Schema type ${draft.type} is not that of the schema, ${type}`);
    if (MAX_REVISIONS <= revisions.length) {
      throw failedPrecondition(
        `The schema has ${revisions.length} revisions, the most is ${MAX_REVISIONS}`,
      );
    }
    parseDefinition(type, draft.definition);
    const reason = incompatibility(type as string, definition, draft.definition as string);
    if (reason !== undefined) throw invalid(`Incompatible schema revision: ${reason}`);
    return this.#add(name as string, draft, revisions);
  }

  /** A new revision that is a copy of an old one. */
  rollback(name: string | undefined, revisionId: string | undefined): SchemaRevision {
    const old = this.get(`${name}@${revisionId ?? ''}`);
    return this.commit(name, old);
  }

  deleteRevision(nameAndRevision: string | undefined): SchemaRevision {
    const [name = '', revisionId = ''] = (nameAndRevision ?? '').split('@');
    const { revisionId: found } = this.get(`${name}@${revisionId}`);
    const left = this.#revisions(name).filter(({ resource }) => resource.revisionId !== found);
    if (left.length === 0)
      throw failedPrecondition('The only revision of a schema cannot be deleted');
    this.#put(name, left);
    return this.get(name);
  }

  delete(name: string | undefined): void {
    this.#revisions(name);
    this.#byName.delete(name as string);
    this.#record({ kind: 'schema-deleted', name: name as string });
  }

  /** Throws NOT_FOUND if a topic asks for a schema or revision that is not there. */
  checkSettings(topic: TopicResource): void {
    const settings = topic.schemaSettings as SchemaSettings | null | undefined;
    if (!settings?.schema || settings.schema === DELETED_SCHEMA) return;
    const { schema, encoding, firstRevisionId, lastRevisionId } = settings;
    if (encoding !== 'JSON' && encoding !== 'BINARY') {
      throw invalid('schema_settings.encoding must be JSON or BINARY');
    }
    for (const id of [undefined, firstRevisionId, lastRevisionId]) {
      this.get(id ? `${schema}@${id}` : schema);
    }
  }

  /**
   * The messages as they are stored: those of a topic with a schema say by which revision they are
   * valid. Throws INVALID_ARGUMENT if one is valid by none, NOT_FOUND if the schema is not there.
   *
   * Source: https://cloud.google.com/pubsub/docs/associate-schema-topic
   */
  validated(topic: TopicResource, drafts: readonly DraftMessage[]): readonly DraftMessage[] {
    const settings = topic.schemaSettings as SchemaSettings | null | undefined;
    if (!settings?.schema) return drafts;
    const { schema, encoding } = settings;
    if (schema === DELETED_SCHEMA) {
      throw new StatusError('NOT_FOUND', 'Schema associated with topic deleted.');
    }
    const revisions = this.#between(settings);
    return drafts.map((draft) => {
      const data = draft.data ?? new Uint8Array();
      const revision = revisions.find(({ isValid }) => isValid(data, encoding));
      if (revision === undefined) {
        throw invalid(
          `Invalid data in message: Message failed schema validation (schema=${schema}).`,
        );
      }
      return {
        ...draft,
        attributes: {
          ...draft.attributes,
          googclient_schemaencoding: encoding,
          googclient_schemaname: schema,
          googclient_schemarevisionid: revision.resource.revisionId,
        },
      };
    });
  }

  apply(event: StateEvent): void {
    if (event.kind === 'schema-deleted') this.#byName.delete(event.name);
    if (event.kind === 'schema') {
      this.#byName.set(event.name, event.revisions.map(toRevision));
      this.#revisionCount += event.revisions.length;
    }
  }

  *events(): Generator<StateEvent> {
    for (const [name, revisions] of this.#byName) {
      yield { kind: 'schema', name, revisions: revisions.map(({ resource }) => resource) };
    }
  }

  /** Newest first, from the first to the last revision that the topic allows. */
  #between({ schema, firstRevisionId, lastRevisionId }: SchemaSettings): Revision[] {
    const revisions = this.#revisions(schema);
    const indexOf = (id: string) =>
      revisions.findIndex(({ resource }) => resource.revisionId === id);
    const first = firstRevisionId ? Math.max(indexOf(firstRevisionId), 0) : 0;
    const last = lastRevisionId ? indexOf(lastRevisionId) : revisions.length - 1;
    return revisions.slice(first, last + 1).reverse();
  }

  #revisions(name: string | undefined): readonly Revision[] {
    const revisions = this.#byName.get(checkName('schemas', name));
    if (revisions === undefined) throw notFound(name as string);
    return revisions;
  }

  #add(name: string, draft: SchemaRevision, before: readonly Revision[]): SchemaRevision {
    this.#revisionCount += 1;
    const seed = `${name} ${this.#revisionCount} ${this.#now()}`;
    const revision = toRevision({
      name,
      type: draft.type as string,
      definition: draft.definition as string,
      revisionId: createHash('sha256').update(seed).digest('hex').slice(0, 8),
      revisionCreateTime: toTimestamp(this.#now()),
    });
    this.#put(name, [...before, revision]);
    return revision.resource;
  }

  #put(name: string, revisions: readonly Revision[]): void {
    this.#byName.set(name, revisions);
    this.#record({ kind: 'schema', name, revisions: revisions.map(({ resource }) => resource) });
  }
}

interface SchemaSettings {
  readonly schema: string;
  readonly encoding: Encoding;
  readonly firstRevisionId?: string;
  readonly lastRevisionId?: string;
}

function toRevision(resource: SchemaRevision): Revision {
  const isValid = parseDefinition(resource.type, resource.definition);
  return { resource: { ...resource, revisionId: resource.revisionId as string }, isValid };
}
