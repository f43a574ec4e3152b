/** A piece of a line: text, `code`, or **strong** text. */
export interface Span {
  readonly kind: 'text' | 'code' | 'strong';
  readonly text: string;
}
export type Line = readonly Span[];

/** The part of Markdown that cards of models and the runbook use. Everything else is text. */
export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly line: Line }
  | { readonly kind: 'paragraph'; readonly line: Line }
  | { readonly kind: 'list'; readonly items: readonly Line[] }
  | { readonly kind: 'code'; readonly text: string }
  | {
      readonly kind: 'table';
      readonly head: readonly Line[];
      readonly rows: readonly (readonly Line[])[];
      /** Of each column. */
      readonly isNumber: readonly boolean[];
    };

const HEADING = /^(#{1,4}) +(.+)$/;
const ITEM = /^[-*] +(.+)$/;
const RULER = /^\|?( *:?-+:? *\|)+ *(:?-+:? *)?$/;
const FENCE = /^```/;
const INDENTED = /^ {4}/;

/**
 * Headings, paragraphs, lists, tables and code, in order. Gives text only, never HTML, so nothing in a document can
 * become an element of the page. Source: GitHub Flavored Markdown Spec 0.29, sections 4.2, 4.4, 4.5, 4.8, 4.10, 5.3.
 */
export function parseMarkdown(source: string): readonly Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  const end = () => {
    if (lines.length > 0) blocks.push(blockOf(lines));
    lines = [];
  };
  const all = source.split(/\r?\n/);
  for (let at = 0; at < all.length; at += 1) {
    const line = all[at] ?? '';
    const heading = HEADING.exec(line);
    if (FENCE.test(line)) {
      end();
      const close = all.findIndex((other, index) => index > at && FENCE.test(other));
      const until = close === -1 ? all.length : close;
      blocks.push({ kind: 'code', text: all.slice(at + 1, until).join('\n') });
      at = until;
    } else if (heading) {
      end();
      const level = heading[1]?.length ?? 1;
      blocks.push({ kind: 'heading', level, line: spansOf(heading[2] ?? '') });
    } else if (line.trim() === '') {
      end();
    } else {
      lines.push(line);
    }
  }
  end();
  return blocks;
}

function blockOf(lines: readonly string[]): Block {
  const [first = '', second = ''] = lines;
  if (INDENTED.test(first)) {
    return { kind: 'code', text: lines.map((line) => line.replace(INDENTED, '')).join('\n') };
  }
  if (first.includes('|') && RULER.test(second.trim())) return tableOf(first, second, lines);
  if (ITEM.test(first)) return { kind: 'list', items: itemsOf(lines).map(spansOf) };
  return { kind: 'paragraph', line: spansOf(lines.map((line) => line.trim()).join(' ')) };
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
    return names.map((_, index) => spansOf(cells[index] ?? ''));
  });
  return { kind: 'table', head: names.map(spansOf), rows, isNumber };
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

function spansOf(text: string): Line {
  return text
    .split(/(`[^`]+`|\*\*[^*]+\*\*)/)
    .filter((part) => part !== '')
    .map((part) => {
      if (/^`.+`$/.test(part)) return { kind: 'code', text: part.slice(1, -1) };
      if (/^\*\*.+\*\*$/.test(part)) return { kind: 'strong', text: part.slice(2, -2) };
      return { kind: 'text', text: part };
    });
}
