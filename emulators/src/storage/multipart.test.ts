import { describe, expect, test } from 'vitest';
import { parseMultipart } from './multipart.ts';

const lines = (...all: string[]) => Buffer.from(all.join('\r\n'));
const body = (boundary: string) =>
  lines(
    `--${boundary}`,
    'Content-Type: application/json',
    '',
    '{"name":"a"}',
    `--${boundary}`,
    'content-type:text/plain',
    '',
    'one',
    'two',
    `--${boundary}--`,
    '',
  );

describe('the boundary', () => {
  test.each([
    ['bare', 'multipart/related; boundary=abc', 'abc'],
    ['in double quotes', 'multipart/related; boundary="a b=c"', 'a b=c'],
    ['in single quotes, as gcloud sends it', "multipart/related; boundary='===12=='", '===12=='],
    ['after other parameters', 'multipart/related; type="application/json"; boundary=x', 'x'],
  ])('%s', (_, contentType, boundary) => {
    const [metadata, media] = parseMultipart(contentType, body(boundary));
    expect(metadata?.headers).toEqual({ 'content-type': 'application/json' });
    expect(metadata?.body.toString()).toBe('{"name":"a"}');
    expect(media?.headers).toEqual({ 'content-type': 'text/plain' });
    expect(media?.body.toString()).toBe('one\r\ntwo');
  });
});

test('bytes of the media are kept as they are, line breaks and boundaries inside a line too', () => {
  const media = Buffer.from([0, 13, 10, 255, 10, 45, 45, 120, ...Buffer.from(' --x'), 13, 10]);
  const whole = Buffer.concat([
    lines('preamble', '--y', '', '{}', '--y', '', ''),
    media,
    lines('', '--y--'),
  ]);
  expect(parseMultipart('multipart/related; boundary=y', whole)[1]?.body).toEqual(media);
});

test('lines may end in LF alone, and a part may be empty', () => {
  const whole = Buffer.from('--x\n\n{}\n--x\nContent-Type: text/plain\n\n\n--x--');
  expect(
    parseMultipart('multipart/related; boundary=x', whole).map((part) => `${part.body}`),
  ).toEqual(['{}', '']);
});

test.each([
  ['no boundary in the header', 'multipart/related', body('abc')],
  ['another type', 'application/json', body('abc')],
  ['no closing boundary', 'multipart/related; boundary=abc', lines('--abc', '', 'x')],
  [
    'a header without a colon',
    'multipart/related; boundary=a',
    lines('--a', 'oops', '', 'x', '--a--'),
  ],
])('%s is refused', (_, contentType, bytes) => {
  expect(() => parseMultipart(contentType, bytes)).toThrow();
});
