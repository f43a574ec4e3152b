import { queryError } from './errors.ts';
import { parseScript } from './googlesql/parse-statement.ts';
import type { Statement } from './googlesql/statement-syntax.ts';
import { NULL_TYPE, type SqlType, sameType, typeName } from './googlesql/types.ts';
import {
  type Activation,
  evaluate,
  plainText,
  type Run,
  rowsOfQuery,
  sessionOf,
  step,
  typeOfVariable,
} from './script-run.ts';
import { literalOf } from './script-variables.ts';
import { prepare } from './statements.ts';

type Of<Kind extends Statement['kind']> = Extract<Statement, { kind: Kind }>;

/** Dynamic SQL sees its USING values, and not the script's variables. */
export async function executeImmediate(
  statement: Of<'execute'>,
  run: Run,
  here: Activation,
): Promise<void> {
  const { into, using } = statement;
  const sql = await plainText(statement.sql, run, here);
  if (sql === null)
    throw queryError('SQL for EXECUTE IMMEDIATE cannot be NULL', here.text, statement.at);
  const types = new Map<string, SqlType>();
  const values = new Map<string, string>();
  for (const [index, { value, name }] of using.entries()) {
    const key = name?.toLowerCase() ?? `?${index + 1}`;
    const result = await evaluate(value, null, run, here);
    types.set(key, result.type);
    values.set(key, result.sql);
  }
  const session = { ...sessionOf(run, here), types, values };
  const [dynamic, ...more] = parseScript(sql);
  if (dynamic === undefined || 0 < more.length)
    throw queryError('EXECUTE IMMEDIATE takes one statement', here.text, statement.at);
  if (0 < into.length && dynamic.kind !== 'query')
    throw queryError('EXECUTE IMMEDIATE with INTO takes a query', here.text, statement.at);
  if (dynamic.kind !== 'query' || into.length === 0) {
    await step(prepare(dynamic, sql, session), statement, session, run, here, sql);
    return;
  }
  const wanted = into.map((name) => typeOfVariable(name, statement, here));
  const { columns, rows } = await rowsOfQuery(dynamic, run, here, sql, session);
  const [row, second] = rows;
  const complaint =
    second !== undefined
      ? 'The query of EXECUTE IMMEDIATE with INTO gave more than one row'
      : columns.length !== into.length
        ? `EXECUTE IMMEDIATE … INTO has ${into.length} variables and the query ${columns.length} columns`
        : columns.some(({ type }, index) => !sameType(type, wanted[index] ?? NULL_TYPE))
          ? `Cannot assign columns of types ${columns.map(({ type }) => typeName(type)).join(', ')} to variables of types ${wanted.map(typeName).join(', ')}`
          : null;
  if (complaint !== null) throw queryError(complaint, here.text, statement.at);
  for (const [index, name] of into.entries())
    here.variables.assign(name, literalOf(row?.[index], wanted[index] ?? NULL_TYPE));
}
