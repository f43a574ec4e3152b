import { expect, test } from 'vitest';
import { type Line, parseMarkdown } from './markdown.ts';

const text = (...parts: string[]): Line => parts.map((part) => ({ kind: 'text', text: part }));

test('a card becomes its headings, paragraphs, lists and tables', () => {
  const card = `# Model sensors

Trained on readings
of two days.

## Where it fails
- A fault that lasted
  most of the window.
- A new season.

| metric | values | |
| --- | ---: | --- |
| temperature | 92916 |  |
| a\\|b | 1 |
`;
  expect(parseMarkdown(card)).toEqual([
    { kind: 'heading', level: 1, line: text('Model sensors') },
    { kind: 'paragraph', line: text('Trained on readings of two days.') },
    { kind: 'heading', level: 2, line: text('Where it fails') },
    {
      kind: 'list',
      items: [text('A fault that lasted most of the window.'), text('A new season.')],
    },
    {
      kind: 'table',
      head: [text('metric'), text('values'), []],
      isNumber: [false, true, false],
      rows: [
        [text('temperature'), text('92916'), []],
        [text('a|b'), text('1'), []],
      ],
    },
  ]);
});

test('commands stay as they are, fenced or indented, and code and strong words are marked', () => {
  const page = '```sh\n# not a heading\n\na | b\n```\n**Look.** At `x`.\n\n    one\n      two\n';
  expect(parseMarkdown(page)).toEqual([
    { kind: 'code', text: '# not a heading\n\na | b' },
    {
      kind: 'paragraph',
      line: [
        { kind: 'strong', text: 'Look.' },
        { kind: 'text', text: ' At ' },
        { kind: 'code', text: 'x' },
        { kind: 'text', text: '.' },
      ],
    },
    { kind: 'code', text: 'one\n  two' },
  ]);
});

test.each([
  '<img src=x onerror=alert(1)>',
  '[press](javascript:alert(1))',
  '![x](https://elsewhere.example/x.png)',
])('%s stays text', (hostile) => {
  expect(parseMarkdown(hostile)).toEqual([{ kind: 'paragraph', line: text(hostile) }]);
});

test('nothing is no block, and a fence that nobody closes ends with the document', () => {
  expect(parseMarkdown('\n \n')).toEqual([]);
  expect(parseMarkdown('```\nx')).toEqual([{ kind: 'code', text: 'x' }]);
});
