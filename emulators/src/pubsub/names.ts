import { invalid } from './errors.ts';

export type Collection = 'topics' | 'subscriptions' | 'snapshots' | 'schemas';

/** What a subscription's `topic` becomes once its topic is deleted. */
export const DELETED_TOPIC = '_deleted-topic_';
/** What the schema of a topic's settings becomes once it is deleted. */
export const DELETED_SCHEMA = '_deleted-schema_';

// https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
const RESOURCE_ID = /^[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}$/;
const PROJECT = /^[a-z0-9.:-]{1,100}$/i;

/** Checks `projects/P/topics/T` against Google's name rules. Throws INVALID_ARGUMENT. */
export function checkName(collection: Collection, name: string | undefined): string {
  const { id } = splitName(collection, name);
  if (!RESOURCE_ID.test(id) || /^goog/i.test(id)) {
    throw invalid(
      `Invalid [${collection}] name: (name=${name}): ${id} must have 3 to 255 characters, start with a letter, hold only letters, digits and -_.~+% and not start with goog`,
    );
  }
  return name as string;
}

/** The project and id of a resource name. Throws INVALID_ARGUMENT if it has another form. */
export function splitName(
  collection: Collection,
  name: string | undefined,
): { project: string; id: string } {
  const [projects, project = '', found, id = '', ...more] = (name ?? '').split('/');
  const isWellFormed =
    projects === 'projects' && PROJECT.test(project) && found === collection && id !== '';
  if (!isWellFormed || 0 < more.length) {
    throw invalid(
      `Invalid [${collection}] name: (name=${name ?? ''}): wanted projects/PROJECT/${collection}/ID`,
    );
  }
  return { project, id };
}

/** Checks `projects/P`. Throws INVALID_ARGUMENT. */
export function checkProject(name: string | undefined): string {
  const [projects, project = '', ...more] = (name ?? '').split('/');
  if (projects !== 'projects' || !PROJECT.test(project) || 0 < more.length) {
    throw invalid(`Invalid project name: (name=${name ?? ''}): wanted projects/PROJECT`);
  }
  return name as string;
}
