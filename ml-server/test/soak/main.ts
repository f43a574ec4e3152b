import { parseArgs } from 'node:util';
import { startStorage } from '@plumbline/emulators';
import { drainRounds } from './drains.ts';
import { soak } from './soak.ts';

const HELP = `npm run soak -w ml-server [-- options]

Sends odd requests to the ML server and holds every answer against what it must be: no 5xx, no wrong 200, no wrong
refusal, and a heap that does not grow. Ends with 1 when one of these is not so. Ctrl-C ends it early, with what it
has seen.

  --requests N   how many; 1000000 if left out
  --seed N       of the requests; 1 if left out
  --drains N     instead: N times SIGTERM with 50 requests under way, all of which must be answered`;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    drains: { type: 'string' },
    help: { type: 'boolean' },
  },
});
/** What the heap may grow from the middle of the way to its end, in MB. */
const MAX_GROWTH_MB = 5;

if (values.help) console.log(HELP);
else if (values.drains !== undefined) await drain(Number(values.drains));
else await run(Number(values.requests), Number(values.seed));

async function drain(rounds: number): Promise<void> {
  const storage = await startStorage();
  const env = { ...storage.env, GOOGLE_CLOUD_PROJECT: 'soak' };
  const { asked, answered, badEnds } = await drainRounds(rounds, env, (round) =>
    console.error(`${round} of ${rounds}`),
  );
  await storage.stop();
  console.log(`SIGTERM ${rounds} times: ${answered} of ${asked} requests under way answered`);
  console.log(`servers that did not end with 0: ${badEnds}`);
  if (answered < asked || 0 < badEnds) process.exitCode = 1;
}

async function run(requests: number, seed: number): Promise<void> {
  const startMs = performance.now();
  let isOver = false;
  process.once('SIGINT', () => {
    isOver = true;
  });
  const { statuses, wrong, wrongCount, bugCount, heapMb, ...seen } = await soak({
    requests,
    seed,
    nowMs: Date.UTC(2026, 0, 5, 12),
    collect: globalThis.gc === undefined ? null : () => void globalThis.gc?.(),
    isOver: () => isOver,
    report: (done) => console.error(`${done} requests`),
  });
  const middle = heapMb[Math.floor(heapMb.length / 2)] ?? Number.NaN;
  const last = heapMb.at(-1) ?? Number.NaN;
  const seconds = (performance.now() - startMs) / 1000;
  console.log(`${seen.requests} requests, seed ${seed}, in ${seconds.toFixed(0)} s`);
  for (const [status, count] of Object.entries(statuses)) console.log(`  ${status}  ${count}`);
  console.log(`wrong answers  ${wrongCount}`);
  for (const one of wrong) console.log(`  ${one}`);
  console.log(`bugs logged    ${bugCount}`);
  console.log(`heap           ${middle.toFixed(1)} MB half way, ${last.toFixed(1)} MB at the end`);
  const serverErrors = Object.keys(statuses).filter((status) => 500 <= Number(status)).length;
  const isGrowing = middle + MAX_GROWTH_MB < last;
  if (0 < wrongCount + bugCount + serverErrors || isGrowing) process.exitCode = 1;
}
