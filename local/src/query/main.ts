import { parseArgs } from 'node:util';
import { BigQuery } from '@google-cloud/bigquery';
import { DATASET, findTarget, sampleQueries } from '@plumbline/contracts';
import { runQuery } from './run-query.ts';
import { FILE_FORMS, jsonLines, saveRows } from './save.ts';
import { formatCsv, formatTable } from './table.ts';

const HELP = `npm run query -- [options] "SELECT …"

Runs a GoogleSQL query and prints its rows. Tables need no dataset: ${DATASET} is the default.

  --sample NAME   a query of docs/data-dictionary.md, such as latest-alerts
  --json          one JSON object a line
  --csv           comma-separated values with a header
  --output FILE   to a file instead; its name ends in ${FILE_FORMS.join(', ')}
  --help          this text

Where: BIGQUERY_EMULATOR_HOST if set; else Google Cloud if GOOGLE_CLOUD_PROJECT is set; else the pipeline that
\`npm start\` runs on this machine.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string' },
    json: { type: 'boolean' },
    csv: { type: 'boolean' },
    output: { type: 'string' },
    help: { type: 'boolean' },
  },
});
const samples = sampleQueries();
const sample = samples.find(({ name }) => name === values.sample);
const query = sample?.sql ?? positionals.join(' ').trim();

if (values.sample !== undefined && sample === undefined) {
  const names = samples.map(({ name }) => name).join(', ');
  console.error(`no sample ${values.sample}: there are ${names}`);
  process.exitCode = 2;
} else if (values.help || query === '') {
  console.log(HELP);
  process.exitCode = values.help ? 0 : 2;
} else {
  Object.assign(process.env, findTarget(process.env).env);
  const projectId = process.env.GOOGLE_CLOUD_PROJECT ?? '';
  try {
    const { fields, rows } = await runQuery(new BigQuery({ projectId }), query);
    if (values.output !== undefined) {
      await saveRows(values.output, fields, rows);
      console.log(`${rows.length} rows in ${values.output}`);
    } else if (values.json) process.stdout.write(jsonLines(rows));
    else console.log(values.csv ? formatCsv(rows) : formatTable(rows));
  } catch (error) {
    const { message, code } = error as Error & { code?: unknown };
    const hint =
      code === 'ECONNREFUSED' || message.includes('ECONNREFUSED')
        ? '\nIs the pipeline running? Start it with: npm start'
        : '';
    console.error(`${message}${hint}`);
    process.exitCode = 1;
  }
}
