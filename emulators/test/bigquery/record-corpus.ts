/**
 * Writes what Google's reference implementation answers to every query of the corpus.
 *
 *   ZETASQL_HOME=… node emulators/test/bigquery/record-corpus.ts
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type Answer, startReference } from './reference.ts';

const folder = new URL('./corpus/', import.meta.url);
const reference = await startReference();
if (reference === null)
  throw new Error('@fivetrandevelopers/zetasql is not installed: set ZETASQL_HOME');
const answers: Record<string, Answer> = {};
for (const file of readdirSync(folder)
  .filter((name) => name.endsWith('.sql') && name !== 'refused.sql')
  .sort()) {
  for (const sql of readFileSync(new URL(file, folder), 'utf8').split('\n')) {
    if (sql !== '') answers[sql] = await reference.evaluate(sql);
  }
}
reference.stop();
const lines = Object.entries(answers).map(
  ([sql, answer]) => `${JSON.stringify(sql)}: ${JSON.stringify(answer)}`,
);
writeFileSync(new URL('reference.json', folder), `{\n${lines.join(',\n')}\n}\n`);
