import { BigQuery } from '@google-cloud/bigquery';
import { DATASET, type Reading } from '@plumbline/contracts';
import { startBigQuery } from '@plumbline/emulators';
import { createFleet, PROFILES } from '@plumbline/simulator';
import { readingRow } from '../../../functions/src/ingest/reading-row.ts';
import { insertAll } from '../../../functions/src/platform/big-query.ts';
import { runQuery } from '../query/run-query.ts';
import { formatTable } from '../query/table.ts';
import { aggregate, createWarehouse } from '../warehouse.ts';
import { STEPS } from './walk-through-steps.ts';

const FROM_MS = Date.UTC(2026, 10, 2);
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const NOW_MS = FROM_MS + DAY_MS + 10 * MINUTE_MS;

/**
 * The walk-through for analysts in Markdown: each question, its query, and what the query answers on a day of a simulated
 * building, run anew on the emulator. The same every time.
 */
export async function walkThrough(): Promise<string> {
  const emulator = await startBigQuery({ now: () => NOW_MS });
  try {
    const apiEndpoint = `http://${emulator.host}`;
    const bigquery = new BigQuery({ projectId: 'analysts', apiEndpoint });
    await createWarehouse(bigquery);
    await fill(bigquery);
    const parts = [
      '# A walk through the warehouse',
      `For whoever asks the data. Every query below was run by \`npm run dictionary\` on one day of a simulated building (${new Date(FROM_MS).toISOString().slice(0, 10)}, 24 devices, a reading every five minutes, some faults, some copies, some readings late), and a test runs it again. Try them on your own: \`npm start\`, and \`npm run query -- "SELECT …"\`; on Google Cloud they are the same. All tables and columns: [data-dictionary.md](data-dictionary.md).`,
    ];
    for (const { question, text, sql } of STEPS) {
      const { rows } = await runQuery(bigquery, sql);
      parts.push(
        `## ${question}`,
        text,
        `\`\`\`sql\n${sql}\n\`\`\``,
        `\`\`\`\n${formatTable(rows)}\n\`\`\``,
      );
    }
    parts.push(
      '## Take it elsewhere',
      'Into a file for a notebook, with the types of the columns kept:',
      '```sh\nnpm run query -- --output day.parquet "SELECT * FROM measurements"\n```',
      'and there `pandas.read_parquet("day.parquet")`, or DuckDB: `SELECT * FROM \'day.parquet\'`.',
      '',
    );
    return parts.join('\n\n');
  } finally {
    await emulator.stop();
  }
}

async function fill(bigquery: BigQuery): Promise<void> {
  const profile = PROFILES.building;
  const fleet = createFleet({ profile, devices: 24, intervalMs: 5 * MINUTE_MS, timeZone: 'UTC' });
  const readings = [...fleet.readings({ fromMs: FROM_MS, toMs: FROM_MS + DAY_MS })];
  const insert = insertAll(bigquery, 'readings_raw', 30_000);
  // Each 100th comes twice, each 200th is late by three hours.
  const copies = readings.filter((_, index) => index % 100 === 0);
  const rows = [
    ...readings.map((reading, index) => rowOf(reading, index % 200 === 7 ? 180 : 0, 'm1')),
    ...copies.map((reading) => rowOf(reading, 1, 'm2')),
  ];
  for (let from = 0; from < rows.length; from += 1_000)
    await insert(rows.slice(from, from + 1_000));
  await aggregate(bigquery, new Date(NOW_MS), { lookBackMinutes: 2_880, horizonMinutes: 2_880 });
  const [[{ n }]] = await bigquery.query(`SELECT COUNT(*) AS n FROM ${DATASET}.readings_raw`);
  if (n !== rows.length) throw new Error(`${n} of ${rows.length} rows are in the table`);
}

function rowOf(reading: Reading, lateMinutes: number, messageId: string) {
  const { insertId, values } = readingRow(
    reading,
    messageId,
    reading.measuredAtMs + 1_000 + lateMinutes * MINUTE_MS,
  );
  // The emulator drops copies with one insert id, as BigQuery does at its best.
  return { insertId: `${insertId}-${messageId}`, values };
}
