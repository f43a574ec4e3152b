/**
 * Methods of BigQuery v2 that this emulator does not have, so that a call is refused by name.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/rest
 */
const UNIMPLEMENTED: readonly (readonly [pattern: RegExp, resource: string])[] = [
  [/\/models(\/|$)/, 'bigquery.models'],
  [/\/rowAccessPolicies(\/|$)/, 'bigquery.rowAccessPolicies'],
  [/:(getIamPolicy|setIamPolicy|testIamPermissions)$/, 'bigquery.tables'],
  [/:undelete$/, 'bigquery.datasets'],
  [/\/serviceAccount$/, 'bigquery.projects'],
  [/^\/projects\/?$/, 'bigquery.projects'],
  [/^\/upload\//, 'bigquery.jobs'],
];
const VERBS: Readonly<Record<string, string>> = {
  GET: 'get',
  POST: 'insert',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Google's name of a method that is not implemented, or undefined where Google has none either. */
export function unimplementedMethod(method: string, path: string): string | undefined {
  const found = UNIMPLEMENTED.find(([pattern]) => pattern.test(path));
  if (found === undefined) return undefined;
  const custom =
    /:(\w+)$/.exec(path)?.[1] ??
    (path.endsWith('serviceAccount') ? 'getServiceAccount' : undefined);
  const isList = method === 'GET' && /\/(models|rowAccessPolicies|projects)\/?$/.test(path);
  return `${found[1]}.${custom ?? (isList ? 'list' : VERBS[method])}`;
}
