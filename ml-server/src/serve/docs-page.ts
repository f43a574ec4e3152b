import { DOCS_SCRIPT, DOCS_STYLE } from './docs-assets.ts';
import { PROBLEMS } from './problem.ts';

/** What the page reads of an OpenAPI document. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly description?: string };
  readonly paths?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly example?: unknown }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Body>> };
}

interface Body {
  readonly schema: Schema;
  readonly example?: unknown;
}

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
}

/**
 * The API as a page for people: what to send, a curl line that works, a button that tries it.
 *
 * Self-contained: no request but to this server. `origin` is where the reader reached it.
 */
export function docsPage(api: ApiDocument, origin: string): string {
  const operations = Object.entries(api.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      operationSection(method.toUpperCase(), path, operation as Operation, origin),
    ),
  );
  const problems = Object.entries(PROBLEMS).map(
    ([code, { status, title }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${escapeHtml(title)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(api.info.title)}</title>
<style>${DOCS_STYLE}</style>
<main>
<h1>${escapeHtml(api.info.title)}</h1>
<p>${escapeHtml(api.info.description ?? '')}. The same as a machine reads it: <a href="/openapi.json">openapi.json</a>.</p>
${operations.join('\n')}
<section>
<h2>Errors</h2>
<p>Every error is <code>application/problem+json</code> (RFC 9457): <code>code</code> is one of these,
<code>errors</code> points at the wrong fields.</p>
<table><thead><tr><th>code</th><th>status</th><th>meaning</th></tr></thead>
<tbody>${problems.join('')}</tbody></table>
</section>
</main>
<script>${DOCS_SCRIPT}</script>
</html>
`;
}

function operationSection(
  method: string,
  path: string,
  operation: Operation,
  origin: string,
): string {
  const body = operation.requestBody?.content['application/json'];
  const heading = `<h2><b>${method}</b> ${escapeHtml(path)}</h2><p>${escapeHtml(operation.summary ?? '')}</p>`;
  if (body === undefined) {
    const tried = filledIn(path, operation);
    const curl = escapeHtml(`curl -s ${origin}${tried}`);
    return `<section><form data-method="${method}" data-path="${escapeHtml(tried)}">${heading}
<pre>${curl}</pre><button>Try it</button><pre class="answer" hidden></pre></form></section>`;
  }
  const example = JSON.stringify(body.example ?? {}, null, 1);
  const curl = `curl -s ${origin}${path} -H 'content-type: application/json' -d '${example.replaceAll(/\n */g, ' ')}'`;
  return `<section><form data-method="${method}" data-path="${escapeHtml(path)}">${heading}
<pre>${escapeHtml(curl)}</pre>
<details><summary>Fields</summary><table>${fieldRows(body.schema)}</table></details>
<textarea rows="${example.split('\n').length + 1}" spellcheck="false" aria-label="Body">${escapeHtml(example)}</textarea>
<button>Try it</button><pre class="answer" hidden></pre></form></section>`;
}

/** The path with the examples of its parameters, so that it can be tried as it is. */
function filledIn(path: string, { parameters = [] }: Operation): string {
  return path.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const example = parameters.find((one) => one.name === name)?.example;
    return typeof example === 'string' ? encodeURIComponent(example) : whole;
  });
}

function fieldRows(schema: Schema, prefix = ''): string {
  return Object.entries(schema.properties ?? {})
    .map(([name, field]) => {
      const isRequired = schema.required?.includes(name) ?? false;
      const path = `${prefix}${name}`;
      const nested = field.type === 'array' ? field.items : field;
      const inner = nested?.properties === undefined ? '' : fieldRows(nested, `${path}.`);
      return `<tr><td><code>${escapeHtml(path)}</code></td><td>${field.type ?? ''}${
        isRequired ? ', required' : ''
      }</td><td>${escapeHtml(rangeOf(field))}</td><td>${escapeHtml(field.description ?? '')}</td></tr>${inner}`;
    })
    .join('');
}

function rangeOf({ minimum, maximum }: Schema): string {
  return minimum === undefined || maximum === undefined ? '' : `${minimum} … ${maximum}`;
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}
