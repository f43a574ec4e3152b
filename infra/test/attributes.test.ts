import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { expressions } from './references.ts';
import { GATEWAYS, type Stack, synthesise } from './synthesised.ts';

/**
 * The names in our stacks against those of the provider, as its bindings carry them: what `terraform validate` would say
 * of a name that is written by hand, in an override or inside of `${…}`. It does not replace that: see terraform.test.ts.
 */
const BINDINGS = new URL('../../node_modules/@cdktf/provider-google/lib/', import.meta.url);
const everything = {
  ...GATEWAYS,
  PLUMBLINE_DASHBOARD_ACCESS: 'iap',
  PLUMBLINE_BILLING_ACCOUNT: '012345-6789AB-CDEF01',
  PLUMBLINE_BUDGET_USD: '20',
};
const stacks = synthesise('prod', everything, { hasArchive: true, hasRedis: true });
/** What Terraform itself reads in a resource. */
const META = ['//', 'depends_on', 'provider', 'lifecycle'];
/** Attributes that are maps: their keys are data. */
const MAPS = ['labels', 'params', 'environment_variables', 'limits', 'default_labels'];
/** Known to the beta provider only; see dashboard.ts and bootstrap.ts. */
const BETA = ['iap_enabled', 'google_project_service_identity', 'time_sleep'];

/** The names that a resource type has, at any depth; undefined if the bindings do not know the type. */
function namesOf(type: string): Set<string> | undefined {
  const folder = type.replace(/^google_/, '').replaceAll('_', '-');
  const file = new URL(`${folder}/index.js`, BINDINGS);
  if (!existsSync(file)) return undefined;
  const getters = readFileSync(file, 'utf8').matchAll(/^ {4}get (\w+)\(\)/gm);
  return new Set([...getters].map(([, name]) => (name ?? '').toLowerCase()));
}

const spelled = (name: string) => name.replaceAll('_', '').toLowerCase();

function keys(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keys);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    META.includes(key) ? [] : MAPS.includes(key) ? [key] : [key, ...keys(inner)],
  );
}

const all = Object.entries(stacks) as [string, Stack][];

test.each(all)('%s: every attribute is one that its resource has', (_, stack) => {
  const unknown = Object.entries<Record<string, object>>(stack.json.resource)
    .filter(([type]) => !BETA.includes(type))
    .flatMap(([type, resources]) => {
      const names = namesOf(type);
      if (names === undefined) return [`${type} is no resource of the provider`];
      return keys(Object.values(resources))
        .filter((key) => !BETA.includes(key) && !names.has(spelled(key)))
        .map((key) => `${type} has no ${key}`);
    });
  expect(unknown).toEqual([]);
});

test.each(all)('%s: every reference names an attribute that its target has', (_, stack) => {
  const unknown = expressions(stack.json).filter((reference) => {
    const [type = '', , ...path] = reference.replace(/^data\./, '').split('.');
    const folder = reference.startsWith('data.') ? `data_${type}` : type;
    const names = namesOf(folder);
    return !path.every((part) => names?.has(spelled(part.replace(/\[\d+\]$/, ''))));
  });
  expect(unknown).toEqual([]);
});

test('a wrong name is found', () => {
  expect(namesOf('google_redis_instance')?.has(spelled('auth_string'))).toBe(true);
  expect(namesOf('google_redis_instance')?.has(spelled('password'))).toBe(false);
  expect(namesOf('google_no_such_thing')).toBeUndefined();
});
