import { invalid } from './errors.ts';
import type { Method } from './methods.ts';
import { checkProject } from './names.ts';
import { inProject, type Paging, page } from './paging.ts';
import { type Encoding, parseDefinition } from './schema-definition.ts';
import type { SchemaRevision, Schemas } from './schemas.ts';

interface ValidateMessageRequest {
  readonly parent?: string;
  readonly name?: string;
  readonly schema?: SchemaRevision;
  readonly message?: Uint8Array;
  readonly encoding?: Encoding;
}

/** The SchemaService by RPC name. Only translates; `Schemas` decides. */
export function schemaMethods(schemas: Schemas): Record<string, Method> {
  return {
    CreateSchema(request: { parent?: string; schemaId?: string; schema?: SchemaRevision }) {
      const { parent, schemaId, schema = {} } = request;
      const id = schemaId || schema.name?.split('/').at(-1);
      return schemas.create(`${checkProject(parent)}/schemas/${id}`, schema);
    },
    GetSchema: ({ name, view }: { name?: string; view?: string }) =>
      viewed(schemas.get(name), view ?? 'FULL'),
    ListSchemas(request: { parent?: string; view?: string } & Paging) {
      const found = inProject(schemas.list(), request.parent);
      const { items, nextPageToken } = page(found, ({ name }) => name, request);
      return { schemas: items.map((schema) => viewed(schema, request.view)), nextPageToken };
    },
    ListSchemaRevisions(request: { name?: string; view?: string } & Paging) {
      // Pages go by key, and the newest revision comes first: its place is the key.
      const placed = schemas
        .revisions(request.name)
        .map((revision, index) => ({ revision, key: String(index).padStart(3, '0') }));
      const { items, nextPageToken } = page(placed, ({ key }) => key, request);
      return {
        schemas: items.map(({ revision }) => viewed(revision, request.view)),
        nextPageToken,
      };
    },
    CommitSchema: ({ name, schema = {} }: { name?: string; schema?: SchemaRevision }) =>
      schemas.commit(name, schema),
    RollbackSchema: ({ name, revisionId }: { name?: string; revisionId?: string }) =>
      schemas.rollback(name, revisionId),
    DeleteSchemaRevision: ({ name, revisionId }: { name?: string; revisionId?: string }) =>
      schemas.deleteRevision(revisionId ? `${name}@${revisionId}` : name),
    DeleteSchema({ name }: { name?: string }) {
      schemas.delete(name);
      return {};
    },
    ValidateSchema({ schema = {} }: { schema?: SchemaRevision }) {
      parseDefinition(schema.type, schema.definition);
      return {};
    },
    ValidateMessage(request: ValidateMessageRequest) {
      const { name, message = new Uint8Array(), encoding } = request;
      if (encoding !== 'JSON' && encoding !== 'BINARY')
        throw invalid('encoding must be JSON or BINARY');
      const schema = name ? schemas.get(name) : (request.schema ?? {});
      if (!parseDefinition(schema.type, schema.definition)(message, encoding)) {
        throw invalid('Invalid data in message: Message failed schema validation.');
      }
      return {};
    },
  };
}

/** BASIC, which lists have unless asked otherwise, leaves the definition out. */
function viewed(schema: SchemaRevision, view = 'BASIC'): SchemaRevision {
  if (view === 'FULL') return schema;
  const { definition: _, ...basic } = schema;
  return basic;
}
