import { parseArgs } from 'node:util';
import { BigQuery } from '@google-cloud/bigquery';
import { PubSub } from '@google-cloud/pubsub';
import { DEAD_LETTER_REASONS, findTarget, MESSAGE_ATTRIBUTES } from '@plumbline/contracts';
import { formatTable } from '../query/table.ts';
import { deadLetters, type Selection } from './dead-letters.ts';

const HELP = `npm run dead-letters -- COMMAND [options]

What could not be stored, and what to do about it.

  list               how many of each reason, and the newest with their first and last sight
  show ID            one dead letter with its payload
  replay             publishes payloads again, with the same reading ids; needs --reason or --id

  --reason REASON    only these: ${Object.keys(DEAD_LETTER_REASONS).join(', ')}
  --id ID            only this one
  --limit N          at most so many, 1 to 10000 (100)
  --help             this text

Looks at the emulators or the Google Cloud project that the environment names, else at what \`npm start\` runs.`;

const MAX_LIMIT = 10_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    reason: { type: 'string' },
    id: { type: 'string' },
    limit: { type: 'string', default: '100' },
    help: { type: 'boolean' },
  },
});
const [command, id] = positionals;

if (values.help || command === undefined) {
  console.log(HELP);
  process.exitCode = values.help ? 0 : 2;
} else {
  try {
    await run(command);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

async function run(name: string): Promise<void> {
  const selection = readSelection();
  Object.assign(process.env, findTarget(process.env).env);
  const projectId = process.env.GOOGLE_CLOUD_PROJECT ?? '';
  const letters = deadLetters(new BigQuery({ projectId }));
  if (name === 'list') {
    console.log(formatTable(await letters.reasons()));
    console.log(`\n${formatTable(await letters.newest(selection))}`);
  } else if (name === 'show') {
    if (id === undefined) throw new Error('show needs an id: npm run dead-letters -- list');
    const found = await letters.find({ id, limit: 1 });
    if (found[0] === undefined) throw new Error(`no dead letter ${id}`);
    for (const [key, value] of Object.entries(found[0])) console.log(`${key.padEnd(16)}${value}`);
  } else if (name === 'replay') {
    if (selection.reason === undefined && selection.id === undefined) {
      throw new Error('replay needs --reason or --id, so that nothing is sent by mistake');
    }
    const pubsub = new PubSub({ projectId });
    const topic = pubsub.topic('readings');
    const { sent, truncated } = await letters.replay(selection, (payload) =>
      topic.publishMessage({ data: Buffer.from(payload), attributes: MESSAGE_ATTRIBUTES }),
    );
    await pubsub.close();
    console.log(
      `${sent} published again${truncated > 0 ? `; ${truncated} were cut and cannot be` : ''}`,
    );
  } else {
    throw new Error(`no command ${name}: there are list, show and replay`);
  }
}

function readSelection(): Selection {
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1 || MAX_LIMIT < limit) {
    throw new Error(`--limit ${values.limit}: wanted a whole number from 1 to ${MAX_LIMIT}`);
  }
  if (values.reason !== undefined && !Object.hasOwn(DEAD_LETTER_REASONS, values.reason)) {
    throw new Error(
      `--reason ${values.reason}: wanted one of ${Object.keys(DEAD_LETTER_REASONS).join(', ')}`,
    );
  }
  return {
    limit,
    ...(values.reason && { reason: values.reason }),
    ...(values.id && { id: values.id }),
  };
}
