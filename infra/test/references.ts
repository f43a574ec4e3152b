import type { Stack } from './synthesised.ts';

/** `${…}` in any string of a stack, without what it stands in. */
export function expressions(value: unknown): string[] {
  if (typeof value === 'string')
    return [...value.matchAll(/\$\{([^}]*)\}/g)].map(([, inner]) => inner as string);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === '//' ? [] : expressions(inner)));
}

/** What an expression or an entry of `depends_on` names: `google_pubsub_topic.x.id` → ["google_pubsub_topic", "x"]. */
export function target(reference: string): [type: string, name: string] {
  const path = reference.split('.');
  const [type = '', name = ''] = path[0] === 'data' ? path.slice(1) : path;
  return [type, name];
}

/** A reference as a person says it: the name of the thing, or the text itself if it is none. */
export function spoken(stack: Stack, text: string): string {
  return text.replaceAll(/\$\{([^}]*)\}/g, (_, reference: string) => {
    const [type, name] = target(reference);
    const found = stack.all(type)[name];
    if (!found) return reference;
    return (
      found.account_id ??
      found.name ??
      found.repository_id ??
      found.table_id ??
      found.dataset_id ??
      found.secret_id
    );
  });
}

/** Every right that a stack grants, one line each: who, role, on what, and under which condition. */
export function grants(stack: Stack): string[] {
  const lines = Object.entries<Record<string, Record<string, never>>>(stack.json.resource)
    .filter(([type]) => type.endsWith('_iam_member'))
    .flatMap(([type, all]) => Object.values(all).map((grant) => spokenGrant(stack, type, grant)));
  return lines.sort();
}

// biome-ignore lint/suspicious/noExplicitAny: a resource of any type
function spokenGrant(stack: Stack, type: string, grant: any): string {
  const kind = type.replace(/^google_/, '').replace(/_iam_member$/, '');
  const on =
    grant.table_id ??
    grant.dataset_id ??
    grant.topic ??
    grant.subscription ??
    grant.bucket ??
    grant.repository ??
    grant.service_account_id ??
    grant.secret_id ??
    grant.cloud_run_service_name ??
    grant.name ??
    grant.project;
  const condition = grant.condition ? ` if ${grant.condition.title}` : '';
  const who = spoken(stack, grant.member).replace(
    /^serviceAccount:service-.*@(.*)\.iam\.gserviceaccount\.com$/,
    'agent $1',
  );
  return `${who}: ${grant.role.replace('roles/', '')} on ${kind} ${spoken(stack, on)}${condition}`;
}
