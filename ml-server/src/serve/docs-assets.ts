import { createHash } from 'node:crypto';

export const DOCS_STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 54rem; margin: 0 auto; padding: 2rem 1rem 6rem; }
h1 { margin: 0; }
h2 { font-size: 1.15rem; margin: 0; }
h2 b { font: 700 .8rem ui-monospace, monospace; padding: .15rem .45rem; border: 1px solid var(--line); border-radius: .3rem; }
section { border-top: 1px solid var(--line); margin-top: 1.5rem; padding-top: 1.2rem; }
p { margin: .4rem 0 .8rem; }
pre, textarea, code { font: .85rem/1.45 ui-monospace, monospace; }
pre { background: color-mix(in srgb, currentColor 6%, transparent); border-radius: .4rem; padding: .7rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
textarea { width: 100%; box-sizing: border-box; border: 1px solid var(--line); border-radius: .4rem; padding: .7rem; background: none; color: inherit; }
button { font: inherit; margin: .4rem 0; padding: .3rem .9rem; border-radius: .4rem; border: 1px solid var(--line); cursor: pointer; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
td, th { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:target { background: color-mix(in srgb, gold 30%, transparent); }
`;

export const DOCS_SCRIPT = `
for (const form of document.querySelectorAll('form')) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const { method, path } = form.dataset;
    const body = form.querySelector('textarea')?.value;
    const out = form.querySelector('.answer');
    out.hidden = false;
    out.textContent = '…';
    try {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      const answer = await fetch(path, { method, body, headers });
      const text = await answer.text();
      let shown = text;
      try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch {}
      out.textContent = answer.status + '\\n' + shown;
    } catch (error) {
      out.textContent = String(error);
    }
  });
}
`;

/** Lets the page run its own script and style, and nothing else from anywhere. */
export const DOCS_CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `script-src '${hashOf(DOCS_SCRIPT)}'`,
  `style-src '${hashOf(DOCS_STYLE)}'`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
