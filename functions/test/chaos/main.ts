import { parseArgs } from 'node:util';
import { runChaos } from './chaos.ts';

const HELP = `npm run chaos [-- options]

Runs the function ingest in a real process against the emulators and makes everything go wrong: kills, drains, copies,
late and poisonous readings, cut connections, a slow and lying BigQuery, an outage. Then looks for what was lost,
doubled or wrong. Exit status 1 if anything was.

  --readings N   readings to publish (20000)
  --kills N      SIGKILLs, and a quarter as many SIGTERMs (8)
  --minutes M    time over which all that is spread (0.5)
  --writer NAME  storage-write or insert-all (storage-write)
  --help         this text

The long run:  npm run chaos -- --readings 1000000 --kills 200 --minutes 24`;

const WRITERS = ['storage-write', 'insert-all'] as const;

const { values } = parseArgs({
  options: {
    readings: { type: 'string', default: '20000' },
    kills: { type: 'string', default: '8' },
    minutes: { type: 'string', default: '0.5' },
    writer: { type: 'string', default: 'storage-write' },
    help: { type: 'boolean' },
  },
});
const readings = Number(values.readings);
const kills = Number(values.kills);
const minutes = Number(values.minutes);
const writer = WRITERS.find((name) => name === values.writer);

if (values.help) console.log(HELP);
else if (
  ![readings, kills].every((value) => Number.isInteger(value) && value > 0) ||
  !(minutes > 0 && minutes <= 180) ||
  writer === undefined
) {
  // The aggregation looks back three hours.
  console.error(
    `--readings and --kills take whole numbers above 0, --minutes up to 180, --writer ${WRITERS.join(' or ')}`,
  );
  process.exitCode = 2;
} else {
  const terms = Math.ceil(kills / 4);
  const outageSeconds = Math.min(60, Math.round(minutes * 12));
  const options = { writer, readings, kills, terms, minutes, outageSeconds };
  const { facts, violations } = await runChaos(options, (line) => console.error(line));
  for (const [name, value] of Object.entries(facts)) {
    console.log(`${name.padEnd(30)}${String(value).padStart(10)}`);
  }
  for (const violation of violations) console.log(`BROKEN: ${violation}`);
  if (violations.length === 0) console.log('nothing lost, nothing twice, nothing wrong');
  // Connections of the clients may linger; nothing is left to do.
  process.exit(violations.length > 0 ? 1 : 0);
}
