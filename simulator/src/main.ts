import { createWriteStream } from 'node:fs';
import { PubSub } from '@google-cloud/pubsub';
import { findTarget, type Reading } from '@plumbline/contracts';
import { withMalformed } from './delivery.ts';
import { encodeAs } from './encode.ts';
import { HELP, OptionsError, parseOptions, type SimulateOptions } from './options.ts';
import { type Progress, showProgress } from './progress.ts';
import { pubSubTopic } from './pub-sub-topic.ts';
import { PermanentError, publishReadings, type Trouble } from './publish.ts';
import { type Simulation, simulation } from './simulate.ts';
import { writeReadings } from './write.ts';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(HELP);
  else await run(options);
} catch (error) {
  if (!isExpected(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function run(options: SimulateOptions): Promise<void> {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => stopping.abort());
  }
  const source = await simulation(options, Date.now(), stopping.signal);
  const progress = showProgress(process.stderr, source.expected, options.quiet);
  progress.say(source.title);
  if (source.cleaning) progress.say(describeCleaning(source.cleaning));
  const startMs = performance.now();
  const count = (readings: readonly Reading[]) => {
    for (const reading of readings) progress.count(reading);
  };
  const totals =
    options.output === 'pubsub'
      ? await publish(options, source, progress, count, stopping.signal)
      : await write(options, source, count);
  progress.stop();
  const seconds = (performance.now() - startMs) / 1000;
  progress.say(`${totals}, ${seconds.toFixed(1)} s`);
}

async function publish(
  options: SimulateOptions,
  source: Simulation,
  progress: Progress,
  onPublished: (readings: readonly Reading[]) => void,
  signal: AbortSignal,
): Promise<string> {
  const target = findTarget(process.env);
  Object.assign(process.env, target.env);
  const pubsub = new PubSub({ projectId: process.env.GOOGLE_CLOUD_PROJECT ?? '' });
  progress.say(`to topic ${options.topic} of ${target.description}`);
  try {
    const send = withMalformed(pubSubTopic(pubsub, options.topic), options.malformed, options.seed);
    const totals = await publishReadings(send, source.readings, {
      perMessage: options.perMessage,
      encode: encodeAs(source.form),
      signal,
      onPublished,
      onTrouble: (trouble) => progress.say(describeTrouble(trouble)),
    });
    const lost = totals.taken - totals.published;
    if (0 < lost) process.exitCode = 1;
    const left = lost === 0 ? '' : `, ${lost} NOT published`;
    return `${totals.published} readings published in ${totals.messages} messages, ${totals.retries} retries${left}`;
  } finally {
    await pubsub.close();
  }
}

async function write(
  options: SimulateOptions,
  source: Simulation,
  onWritten: (readings: readonly Reading[]) => void,
): Promise<string> {
  const isStdout = options.output === 'stdout';
  const stream = isStdout ? process.stdout : createWriteStream(options.output);
  const written = await writeReadings(stream, source.readings, {
    form: source.form,
    onWritten,
  });
  return `${written} readings written to ${options.output}`;
}

function describeCleaning({ readRows, keptRows, dropped }: NonNullable<Simulation['cleaning']>) {
  const reasons = Object.entries(dropped).map(([reason, count]) => `${count} ${reason}`);
  return `read ${readRows} rows, kept ${keptRows}${reasons.length === 0 ? '' : `; left out: ${reasons.join(', ')}`}`;
}

function describeTrouble(trouble: Trouble): string {
  switch (trouble.kind) {
    case 'failed':
      return `Pub/Sub refused: ${trouble.error.message}; waiting and trying again`;
    case 'slow':
      return `Pub/Sub is slow: ${trouble.messages} messages wait since ${Math.round(trouble.waitingMs / 1000)} s`;
    case 'recovered':
      return 'Pub/Sub takes messages again';
  }
}

function isExpected(error: unknown): error is Error {
  return (
    error instanceof OptionsError ||
    error instanceof PermanentError ||
    (error instanceof Error && ('code' in error || error.message.includes('no usable row')))
  );
}
