import { readdirSync, readFileSync } from 'node:fs';

/** A question that analysts ask, and the query that answers it. */
export interface SampleQuery {
  readonly name: string;
  readonly question: string;
  readonly sql: string;
}

/** The queries in `contracts/sql/samples`, by name. The first line of each is its question. */
export function sampleQueries(): SampleQuery[] {
  const folder = new URL('../sql/samples/', import.meta.url);
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const [first = '', ...rest] = readFileSync(new URL(file, folder), 'utf8').split('\n');
      return {
        name: file.replace(/\.sql$/, ''),
        question: first.replace(/^-- /, ''),
        sql: rest.join('\n').trim(),
      };
    });
}
