import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findTarget } from '@plumbline/contracts';
import { parsePorts } from '../ports.ts';
import { checks, type Finding } from './checks.ts';

const HELP = `npm run doctor

Checks the pipeline from front to back and says how to mend what is wrong. Exit status 1 if anything is.
Looks at the emulators or the Google Cloud project that the environment names, else at what \`npm start\` runs.`;

const CHECK_TIMEOUT_MS = 10_000;

const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
if (values.help) {
  console.log(HELP);
} else {
  const target = findTarget(process.env);
  Object.assign(process.env, target.env);
  console.log(`Looking at ${target.description}\n`);
  const isLocal = Object.keys(target.env).length > 0;
  const ports = isLocal ? parsePorts(process.env) : undefined;
  const projectId = process.env.GOOGLE_CLOUD_PROJECT ?? '';
  const running = checks(projectId, process.version, Date.now(), ports).map(({ name, run }) => ({
    name,
    finding: Promise.race([run(), late()]).catch(failed),
  }));
  for (const { name, finding } of running) {
    const { isGood, detail, fix } = await finding;
    console.log(`${isGood ? '✓' : '✗'} ${name.padEnd(13)} ${detail}`);
    if (!isGood && fix !== undefined) console.log(`                → ${fix}`);
    if (!isGood) process.exitCode = 1;
  }
  // Clients of a server that is away keep trying; there is nothing left to wait for.
  process.exit();
}

async function late(): Promise<Finding> {
  await sleep(CHECK_TIMEOUT_MS, undefined, { ref: false });
  return {
    isGood: false,
    detail: `no answer in ${CHECK_TIMEOUT_MS / 1000} s`,
    fix: 'is it running? npm start',
  };
}

function failed(error: Error): Finding {
  return {
    isGood: false,
    detail: error.message.split('\n')[0] ?? '',
    fix: 'is it running? npm start',
  };
}
