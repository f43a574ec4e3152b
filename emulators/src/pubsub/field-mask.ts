import { invalid } from './errors.ts';

type Fields = Record<string, unknown>;

/**
 * The current resource with the masked fields taken from the patch.
 *
 * - paths: snake_case or camelCase, dots for parts of a field, e.g. `push_config.push_endpoint`
 * - updatable: the top-level fields that may change, camelCase
 *
 * Throws INVALID_ARGUMENT if the mask is empty or names another field.
 */
export function applyMask<Resource extends Fields>(
  current: Resource,
  patch: Fields,
  paths: readonly string[] | undefined,
  updatable: readonly string[],
): Resource {
  if (paths === undefined || paths.length === 0) {
    throw invalid('The update_mask must be specified and non-empty');
  }
  let updated: Fields = current;
  for (const path of paths) {
    const names = path.split('.').map(toCamelCase);
    if (!updatable.includes(names[0] as string)) {
      throw invalid(`Invalid update_mask provided: "${path}" is not a known or updatable field`);
    }
    updated = replaced(updated, patch, names);
  }
  return updated as Resource;
}

function replaced(current: Fields, patch: Fields, names: readonly string[]): Fields {
  const [name, ...rest] = names as [string, ...string[]];
  if (rest.length === 0) return { ...current, [name]: patch[name] };
  const inner = (current[name] ?? {}) as Fields;
  return { ...current, [name]: replaced(inner, (patch[name] ?? {}) as Fields, rest) };
}

function toCamelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
