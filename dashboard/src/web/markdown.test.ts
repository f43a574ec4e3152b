import { expect, test } from 'vitest';
import { parseMarkdown } from './markdown.ts';

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
    { kind: 'heading', level: 1, text: 'Model sensors' },
    { kind: 'paragraph', text: 'Trained on readings of two days.' },
    { kind: 'heading', level: 2, text: 'Where it fails' },
    { kind: 'list', items: ['A fault that lasted most of the window.', 'A new season.'] },
    {
      kind: 'table',
      head: ['metric', 'values', ''],
      isNumber: [false, true, false],
      rows: [
        ['temperature', '92916', ''],
        ['a|b', '1', ''],
      ],
    },
  ]);
});

test.each([
  '<img src=x onerror=alert(1)>',
  '[press](javascript:alert(1))',
  '![x](https://elsewhere.example/x.png)',
])('%s stays text', (text) => {
  expect(parseMarkdown(text)).toEqual([{ kind: 'paragraph', text }]);
});

test('nothing is no block', () => {
  expect(parseMarkdown('\n \n')).toEqual([]);
});
