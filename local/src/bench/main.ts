import { parseArgs } from 'node:util';
import { formatTable } from '../query/table.ts';
import { BENCHES, type Figure } from './benches.ts';

const names = Object.keys(BENCHES);
const HELP = `npm run bench [-- NAME …] [options]

Measures, and compares each figure with its peer in the same run and with its goal.

${names.map((name) => `  ${name.padEnd(12)} ${BENCHES[name]?.description}`).join('\n')}

  --data DIR   labelled data sets that are not shipped (accuracy)
  --seeds LIST whole numbers, as 101,103: the simulated fleets to find faults in (accuracy)
  --json       one JSON object a bench: {"bench", "figures": [{"what", "value", "unit", "peer", "goal", "met"}]}
  --help       this text`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    seeds: { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
const unknown = positionals.filter((name) => !names.includes(name));

if (values.help) {
  console.log(HELP);
} else if (unknown.length > 0) {
  console.error(`no bench ${unknown.join(', ')}: there are ${names.join(', ')}`);
  process.exitCode = 2;
} else {
  for (const name of positionals.length > 0 ? positionals : names) {
    if (!values.json) console.error(`${name}: ${BENCHES[name]?.description} …`);
    const figures = (await BENCHES[name]?.run(values.data, values.seeds)) ?? [];
    console.log(values.json ? JSON.stringify({ bench: name, figures }) : show(figures));
  }
  // Clients of the peers may keep connections open; nothing is left to measure.
  process.exit();
}

function show(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, value, unit, peer, goal, met, reason }) => ({
    what,
    value: Number(value.toPrecision(4)),
    unit,
    peer,
    goal,
    met: met === null ? `– ${reason ?? ''}` : met ? 'yes' : 'NO',
  }));
  return `${formatTable(rows, 72)}\n`;
}
