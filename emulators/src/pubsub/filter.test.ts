import { expect, test } from 'vitest';
import { parseFilter } from './filter.ts';

// The meanings are those of https://cloud.google.com/pubsub/docs/subscription-message-filter
test.each([
  ['', {}, true],
  ['attributes:domain', { domain: 'com' }, true],
  ['attributes:domain', { Domain: 'com' }, false],
  ['attributes.domain = "com"', { domain: 'com' }, true],
  ['attributes.domain="com"', { domain: 'Com' }, false],
  ['attributes.domain != "com"', { domain: 'org' }, true],
  ['attributes.domain != "com"', {}, true],
  ['NOT attributes:domain', {}, true],
  ['-attributes:domain', { domain: 'com' }, false],
  ['hasPrefix(attributes.domain, "co")', { domain: 'com' }, true],
  ['hasPrefix(attributes.domain, "")', {}, false],
  ['NOT hasPrefix ( attributes.domain , "co" )', { domain: 'org' }, true],
  ['attributes:"iana.org/language_tag"', { 'iana.org/language_tag': 'en' }, true],
  ['attributes."a b" = "c \\"d\\" \\u00e9\\x41\\101"', { 'a b': 'c "d" éAA' }, true],
  ['attributes.my-key = "x"', { 'my-key': 'x' }, true],
  ['attributes:a AND attributes:b AND NOT attributes:c', { a: '', b: '' }, true],
  ['attributes:a OR attributes:b', { b: '' }, true],
  ['attributes:a AND (attributes:b OR attributes:c)', { a: '', c: '' }, true],
  ['NOT (attributes:a OR attributes:b)', { b: '' }, false],
  ['attributes.AND = "x"', { AND: 'x' }, true],
  ['attributes:constructor', {}, false],
])('%s on %j is %s', (text, attributes, expected) => {
  expect(parseFilter(text)(attributes)).toBe(expected);
});

test.each([
  ['attributes', 'wanted ., got the end'],
  ['attributes.a', 'wanted !=, got the end'],
  ['attributes.a = b', 'wanted a string in double quotes, got "b"'],
  ['attributes.a > "b"', 'character 13'],
  ['attributes:a and attributes:b', 'wanted AND, OR or the end, got "and"'],
  ['attributes:a AND attributes:b OR attributes:c', 'parentheses where AND and OR meet'],
  ['(attributes:a', 'wanted ), got the end'],
  ['attributes:a)', 'wanted AND, OR or the end'],
  ['data = "x"', 'wanted attributes, got "data"'],
  ['attributes.a = "\\q"', '\\q is not an escape sequence'],
  [`attributes.a = "${'x'.repeat(256)}"`, 'the most is 256'],
  [`${'('.repeat(100)}attributes:a${')'.repeat(100)}`, 'at most 32 nested parentheses'],
])('%.50s is refused', (text, message) => {
  expect(() => parseFilter(text)).toThrow(message);
});
