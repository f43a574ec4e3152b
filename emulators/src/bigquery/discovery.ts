import type { Route } from './api.ts';

/** What a method may be called with, besides what stands in its path. */
const QUERY_PARAMETERS = [
  'accessPolicyVersion',
  'all',
  'allUsers',
  'createSession',
  'datasetView',
  'deleteContents',
  'filter',
  'formatOptions_timestampOutputFormat',
  'formatOptions_useInt64Timestamp',
  'location',
  'maxCreationTime',
  'maxResults',
  'minCreationTime',
  'pageToken',
  'parentJobId',
  'projection',
  'readMask',
  'selectedFields',
  'startIndex',
  'stateFilter',
  'autodetect_schema',
  'updateMode',
  'timeoutMs',
  'view',
];
const PATH_NAMES: Readonly<Record<string, string>> = {
  project: 'projectId',
  dataset: 'datasetId',
  table: 'tableId',
  job: 'jobId',
  routine: 'routineId',
};

/**
 * A discovery document of the methods that this emulator has, for clients that build themselves from
 * one, as `bq` does.
 *
 * Source: https://developers.google.com/discovery/v1/reference/apis
 */
export function discoveryDocument(routes: readonly Route[], root: string): object {
  const resources: Record<string, { methods: Record<string, object> }> = {};
  for (const route of routes) {
    const [, resource = '', method = ''] = route.name.split('.');
    const methods = resources[resource] ?? { methods: {} };
    methods.methods[method] = describe(route);
    resources[resource] = methods;
  }
  return {
    kind: 'discovery#restDescription',
    discoveryVersion: 'v1',
    id: 'bigquery:v2',
    name: 'bigquery',
    version: 'v2',
    title: 'BigQuery API',
    protocol: 'rest',
    rootUrl: `${root}/`,
    servicePath: 'bigquery/v2/',
    basePath: '/bigquery/v2/',
    baseUrl: `${root}/bigquery/v2/`,
    batchPath: 'batch/bigquery/v2',
    parameters: optional(['alt', 'fields', 'key', 'oauth_token', 'prettyPrint', 'quotaUser']),
    auth: {
      oauth2: { scopes: { 'https://www.googleapis.com/auth/bigquery': { description: 'all' } } },
    },
    schemas: { Any: { id: 'Any', type: 'object', additionalProperties: { type: 'any' } } },
    resources,
  };
}

function describe(route: Route): object {
  const names: string[] = [];
  const path = route.path.slice(1).replace(/\{(\w+)\}/g, (_, name: string) => {
    const own = PATH_NAMES[name] ?? name;
    names.push(own);
    return `{${own}}`;
  });
  const required = Object.fromEntries(
    names.map((name) => [name, { type: 'string', required: true, location: 'path' }]),
  );
  const hasBody = ['POST', 'PUT', 'PATCH'].includes(route.method);
  return {
    id: route.name,
    path,
    httpMethod: route.method,
    parameters: { ...optional(QUERY_PARAMETERS), ...required },
    parameterOrder: names,
    ...(hasBody ? { request: { $ref: 'Any' } } : {}),
    ...(route.name === 'bigquery.jobs.insert' ? MEDIA_UPLOAD : {}),
    response: { $ref: 'Any' },
  };
}

const MEDIA_UPLOAD = {
  supportsMediaUpload: true,
  mediaUpload: {
    accept: ['*/*'],
    protocols: {
      simple: { multipart: true, path: '/upload/bigquery/v2/projects/{projectId}/jobs' },
      resumable: {
        multipart: true,
        path: '/resumable/upload/bigquery/v2/projects/{projectId}/jobs',
      },
    },
  },
};

function optional(names: readonly string[]): object {
  return Object.fromEntries(
    names.map((name) => [
      name.replace('formatOptions_', 'formatOptions.'),
      { type: 'string', location: 'query' },
    ]),
  );
}
