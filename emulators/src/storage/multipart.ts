import { invalid } from './errors.ts';

export interface Part {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * The parts of a `multipart/related` body.
 *
 * Lines may end in CRLF or LF; the boundary in the header may be bare or in either kind of quotes
 * (gcloud sends `'…'`). Throws 400 when the body does not follow its boundary.
 *
 * Source: RFC 2046, section 5.1; RFC 2387
 */
export function parseMultipart(contentType: string | undefined, body: Buffer): readonly Part[] {
  const boundary = boundaryOf(contentType);
  const delimiter = Buffer.from(`--${boundary}`);
  const parts: Part[] = [];
  let at = findDelimiter(body, delimiter, 0);
  while (at !== undefined) {
    const afterDelimiter = at + delimiter.length;
    if (body.subarray(afterDelimiter, afterDelimiter + 2).toString('latin1') === '--') return parts;
    const start = lineEnd(body, afterDelimiter);
    const next = findDelimiter(body, delimiter, start);
    if (next === undefined) break;
    parts.push(parsePart(body.subarray(start, beforeLineBreak(body, start, next))));
    at = next;
  }
  throw invalid(`Malformed multipart body: no closing boundary ${boundary.slice(0, 80)}`);
}

function boundaryOf(contentType: string | undefined): string {
  const match = /^multipart\/[a-z]+\s*;.*?\bboundary=("[^"]+"|'[^']+'|[^;\s]+)/i.exec(
    contentType ?? '',
  );
  const value = match?.[1];
  if (value === undefined) throw invalid('Content-Type is not multipart/related with a boundary');
  return /^["'].*["']$/.test(value) ? value.slice(1, -1) : value;
}

/** A delimiter counts only at the start of a line. */
function findDelimiter(body: Buffer, delimiter: Buffer, from: number): number | undefined {
  let at = body.indexOf(delimiter, from);
  while (0 < at && body[at - 1] !== 0x0a) at = body.indexOf(delimiter, at + 1);
  return at === -1 ? undefined : at;
}

function lineEnd(body: Buffer, from: number): number {
  const newline = body.indexOf(0x0a, from);
  return newline === -1 ? body.length : newline + 1;
}

/** The line break before a delimiter belongs to it, not to the part. */
function beforeLineBreak(body: Buffer, start: number, delimiterAt: number): number {
  const end = body[delimiterAt - 2] === 0x0d ? delimiterAt - 2 : delimiterAt - 1;
  return Math.max(start, end);
}

function parsePart(part: Buffer): Part {
  const headers: Record<string, string> = {};
  let at = 0;
  while (at < part.length) {
    const end = lineEnd(part, at);
    const line = part.subarray(at, end).toString('utf8').trim();
    at = end;
    if (line === '') break;
    const colon = line.indexOf(':');
    if (colon <= 0) throw invalid(`Malformed multipart body: header ${line.slice(0, 80)}`);
    headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { headers, body: part.subarray(at) };
}
