import { type Block, parseMarkdown } from '../markdown.ts';

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
      return block.level === 1 ? <h3 class="title">{block.text}</h3> : <h4>{block.text}</h4>;
    case 'paragraph':
      return <p>{block.text}</p>;
    case 'list':
      return (
        <ul>
          {block.items.map((item) => (
            <li key={item}>{item}</li>
          ))}
        </ul>
      );
    case 'table':
      return <TableView table={block} />;
  }
}

function TableView({ table }: { table: Block & { kind: 'table' } }) {
  const { head, rows, isNumber } = table;
  const numeric = (column: number) => (isNumber[column] ? 'number' : undefined);
  return (
    <table>
      <thead>
        <tr>
          {head.map((name, column) =>
            name === '' ? (
              <td key={column} />
            ) : (
              <th key={name} scope="col" class={numeric(column)}>
                {name}
              </th>
            ),
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells) => (
          <tr key={cells.join('|')}>
            {cells.map((cell, column) => (
              <td key={column} class={numeric(column)}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
