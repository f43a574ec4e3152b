/** The part of Markdown that cards of models use. Everything else is text. */
export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
      /** Of each column. */
      readonly isNumber: readonly boolean[];
    };

const HEADING = /^(#{1,4}) +(.+)$/;
const ITEM = /^[-*] +(.+)$/;
const RULER = /^\|?( *:?-+:? *\|)+ *(:?-+:? *)?$/;

/**
 * Headings, paragraphs, lists and tables, in order. Gives text only, never HTML, so nothing in a card can become
 * an element of the page. Source: GitHub Flavored Markdown Spec 0.29, sections 4.2, 4.8, 4.10 and 5.3.
 */
export function parseMarkdown(source: string): readonly Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  const end = () => {
    if (lines.length > 0) blocks.push(blockOf(lines));
    lines = [];
  };
  for (const line of source.split(/\r?\n/)) {
    const heading = HEADING.exec(line);
    if (line.trim() === '' || heading) end();
    if (heading) {
      blocks.push({ kind: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' });
    } else if (line.trim() !== '') {
      lines.push(line);
    }
  }
  end();
  return blocks;
}

function blockOf(lines: readonly string[]): Block {
  const [first = '', second = ''] = lines;
  if (first.includes('|') && RULER.test(second.trim())) return tableOf(first, second, lines);
  if (ITEM.test(first)) return { kind: 'list', items: itemsOf(lines) };
  return { kind: 'paragraph', text: lines.map((line) => line.trim()).join(' ') };
}

/** A line without a dash goes on with the item before it. */
function itemsOf(lines: readonly string[]): string[] {
  const items: string[] = [];
  for (const line of lines) {
    const item = ITEM.exec(line)?.[1];
    if (item !== undefined) items.push(item);
    else items.push(`${items.pop() ?? ''} ${line.trim()}`);
  }
  return items;
}

function tableOf(head: string, ruler: string, lines: readonly string[]): Block {
  const names = cellsOf(head);
  const isNumber = cellsOf(ruler).map((cell) => cell.endsWith(':'));
  const rows = lines.slice(2).map((line) => {
    const cells = cellsOf(line);
    return names.map((_, index) => cells[index] ?? '');
  });
  return { kind: 'table', head: names, rows, isNumber };
}

/** Cells between bars; `\|` is a bar in a cell. */
function cellsOf(line: string): string[] {
  return line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}
