import type protobuf from 'protobufjs';
import { invalid, StatusError } from './errors.ts';
import { fromJson } from './json.ts';
import type { HttpRule, Rpc } from './wire.ts';

/** A REST call matched to its RPC, with the request that its path, query and body make. */
export interface Matched {
  readonly rpc: Rpc;
  readonly request: object;
}

interface Route {
  readonly rpc: Rpc;
  readonly verb: string;
  readonly pattern: RegExp;
  /** The request fields that the pattern's groups fill, e.g. `topic.name`. */
  readonly fields: readonly string[];
  readonly body: string | undefined;
}

// https://cloud.google.com/apis/docs/system-parameters
const SYSTEM_PARAMETERS = new Set([
  ...[
    '$alt',
    'alt',
    '$prettyPrint',
    'prettyPrint',
    '$.xgafv',
    'access_token',
    'callback',
    'fields',
  ],
  ...['key', 'oauth_token', 'quotaUser', 'upload_protocol', 'uploadType'],
]);

/** Matches HTTP requests to RPCs by the REST paths that Google's protocol declares. */
export function restRouter(rpcs: readonly Rpc[]) {
  const routes = rpcs.flatMap(routesOf);
  return (verb: string, url: URL, body: unknown): Matched => {
    const path = url.pathname;
    for (const route of routes) {
      const match = route.verb === verb ? route.pattern.exec(path) : null;
      if (match !== null) {
        const values = match.slice(1).map(decodePath);
        return { rpc: route.rpc, request: requestOf(route, values, url.searchParams, body) };
      }
    }
    throw new StatusError('UNIMPLEMENTED', `${verb} ${path} is not implemented by this emulator`);
  };
}

function routesOf(rpc: Rpc): Route[] {
  const rules = rpc.http === undefined ? [] : [rpc.http];
  // gcloud and the discovery document use GET, which the protocol of the IAM mixin does not name:
  // https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/getIamPolicy
  if (rpc.name === 'GetIamPolicy') rules.push({ get: rpc.http?.post as string });
  return rules.map((rule) => {
    const [verb, template] = verbAndTemplate(rule);
    const fields: string[] = [];
    const pattern = template.replace(/\{([\w.]+)=([^}]+)\}/g, (_, field: string, glob: string) => {
      fields.push(field);
      return `(${glob.replace(/\*+/g, (stars) => (stars === '**' ? '.+' : '[^/:]+'))})`;
    });
    return { rpc, verb, pattern: new RegExp(`^${pattern}$`), fields, body: rule.body };
  });
}

function verbAndTemplate(rule: HttpRule): [string, string] {
  for (const verb of ['get', 'put', 'post', 'patch', 'delete'] as const) {
    const template = rule[verb];
    if (template !== undefined) return [verb.toUpperCase(), template];
  }
  throw new Error(`a REST rule without a verb: ${JSON.stringify(rule)}`);
}

function requestOf(
  { rpc, fields, body: bodyField }: Route,
  values: readonly string[],
  query: URLSearchParams,
  body: unknown,
): object {
  const json: Record<string, unknown> = {};
  if (bodyField === '*') Object.assign(json, fromBody(body));
  else if (bodyField !== undefined) json[bodyField] = fromBody(body);
  for (const [name, value] of query) {
    if (!SYSTEM_PARAMETERS.has(name)) setPath(json, name, queryValue(rpc.requestType, name, value));
  }
  const request = fromJson(rpc.requestType, json);
  fields.forEach((field, index) => {
    setPath(request, field, values[index]);
  });
  return request;
}

function fromBody(body: unknown): object {
  if (body === undefined) return {};
  if (typeof body !== 'object' || body === null) throw invalid('The request body is not an object');
  return body;
}

function queryValue(type: protobuf.Type, name: string, value: string): unknown {
  const camelCase = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return type.fields[camelCase]?.type === 'bool' ? /^true$/i.test(value) : value;
}

function setPath(target: Record<string, unknown>, path: string, value: unknown): void {
  const [name, ...rest] = path.split('.') as [string, ...string[]];
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  const inner = { ...((target[name] as Record<string, unknown> | undefined) ?? {}) };
  target[name] = inner;
  setPath(inner, rest.join('.'), value);
}

function decodePath(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw invalid(`Invalid path: "${value}" is not URL-encoded`);
  }
}
