import { type Block, type Line, parseMarkdown } from '../markdown.ts';

/** A document in Markdown as elements of the page; its own headings begin below those of the panel. */
export function MarkdownView({ source }: { source: string }) {
  return (
    <div class="document">
      {parseMarkdown(source).map((block, index) => (
        <BlockView key={`${index} ${block.kind}`} block={block} />
      ))}
    </div>
  );
}

function BlockView({ block }: { block: Block }) {
  switch (block.kind) {
    case 'heading':
      return block.level === 1 ? (
        <h3 class="title">
          <Words line={block.line} />
        </h3>
      ) : (
        <h4>
          <Words line={block.line} />
        </h4>
      );
    case 'paragraph':
      return (
        <p>
          <Words line={block.line} />
        </p>
      );
    case 'list':
      return (
        <ul>
          {block.items.map((item, index) => (
            <li key={`${index} ${item[0]?.text}`}>
              <Words line={item} />
            </li>
          ))}
        </ul>
      );
    case 'code':
      return <pre>{block.text}</pre>;
    case 'table':
      return <TableView table={block} />;
  }
}

function Words({ line }: { line: Line }) {
  return (
    <>
      {line.map(({ kind, text }) =>
        kind === 'code' ? <code>{text}</code> : kind === 'strong' ? <b>{text}</b> : text,
      )}
    </>
  );
}

function TableView({ table }: { table: Block & { kind: 'table' } }) {
  const { head, rows, isNumber } = table;
  const numeric = (column: number) => (isNumber[column] ? 'number' : undefined);
  return (
    <table>
      <thead>
        <tr>
          {head.map((name, column) =>
            name.length === 0 ? (
              <td key={column} />
            ) : (
              <th key={column} scope="col" class={numeric(column)}>
                <Words line={name} />
              </th>
            ),
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells, row) => (
          <tr key={row}>
            {cells.map((cell, column) => (
              <td key={column} class={numeric(column)}>
                <Words line={cell} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
