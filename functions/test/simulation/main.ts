import { parseArgs } from 'node:util';
import { BUG_NAMES } from './bugs.ts';
import { simulate } from './simulate.ts';

const HELP = `npm run simulation [-- options]

Runs the real ingest code in simulated worlds, one a seed: producers that repeat themselves, instances that are killed,
a BigQuery that fails, times out and refuses. Says what was broken. Exit status 1 if anything was, or if a planted bug
was caught in fewer than 19 of 20 seeds.

  --seeds N      how many seeds, from 1 (5000)
  --seed N       this seed alone, with what happened in it
  --readings N   readings a seed (2000)
  --bugs         instead: plant each bug in 20 seeds and count in how many it is caught
  --help         this text`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '5000' },
    seed: { type: 'string' },
    readings: { type: 'string', default: '2000' },
    bugs: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
const readings = Number(values.readings);
const seeds = Number(values.seeds);
const PROGRESS_MS = 5_000;
const BUG_SEEDS = 20;
/** So many seeds are run a second time, to see whether they give the same trace. */
const REPEAT_EVERY = 100;

if (values.help) console.log(HELP);
else if (
  ![readings, seeds, Number(values.seed ?? 1)].every(
    (value) => Number.isInteger(value) && value > 0,
  )
) {
  console.error('--seeds, --seed and --readings take whole numbers above 0');
  process.exitCode = 2;
} else if (values.bugs) await plantBugs();
else if (values.seed !== undefined) {
  const result = await simulate(Number(values.seed), readings);
  console.log(JSON.stringify(result, null, 2));
  process.exitCode = result.violations.length > 0 ? 1 : 0;
} else await runSeeds();

async function runSeeds(): Promise<void> {
  const startMs = performance.now();
  let toldMs = startMs;
  const totals: Record<string, number> = {};
  let broken = 0;
  let repeated = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const { violations, counts, trace } = await simulate(seed, readings);
    if (seed % REPEAT_EVERY === 0) {
      repeated++;
      if ((await simulate(seed, readings)).trace !== trace) {
        broken++;
        console.log(`seed ${seed}: the same seed gave another trace`);
      }
    }
    for (const [name, count] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + count;
    if (violations.length > 0) {
      broken++;
      console.log(`seed ${seed}:\n  ${violations.join('\n  ')}`);
    }
    if (PROGRESS_MS < performance.now() - toldMs) {
      toldMs = performance.now();
      console.error(`${seed} of ${seeds} seeds, ${broken} broken`);
    }
  }
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(
    `${seeds} seeds, ${seeds * readings} readings, ${repeated} seeds run twice, ${broken} with a broken promise, ${seconds} s`,
  );
  console.log(
    Object.entries(totals)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
  );
  process.exitCode = broken > 0 ? 1 : 0;
}

async function plantBugs(): Promise<void> {
  for (const bug of BUG_NAMES) {
    let caught = 0;
    for (let seed = 1; seed <= BUG_SEEDS; seed++) {
      if ((await simulate(seed, readings, bug)).violations.length > 0) caught++;
    }
    console.log(`${bug.padEnd(20)} caught in ${caught} of ${BUG_SEEDS} seeds`);
    if (caught < BUG_SEEDS - 1) process.exitCode = 1;
  }
}
