import { LOCAL_PROJECT, SCHEDULED_QUERIES, TRAINING_SCHEDULE } from '@plumbline/contracts';
import { type Ports, parsePorts } from '../ports.ts';
import { runOnSchedule } from '../schedule.ts';
import { edgePart, type Stack, startStack } from '../stack.ts';
import { banner } from './banner.ts';
import { FAULT_RATE, publishHistory } from './history.ts';
import { HELP, parseOptions, type StartOptions } from './options.ts';

const say = (line: string) => console.log(line);

const PROGRESS_MS = 3_000;

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') say(HELP);
  else await run(options, parsePorts(process.env));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

async function run({ profile, profiles }: StartOptions, ports: Ports): Promise<void> {
  const stopping = new AbortController();
  const schedules: (() => void)[] = [];
  let stack: Stack | undefined;
  // Taken before anything starts: Ctrl-C must never leave a process behind.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) return;
      stopping.abort();
      say('\nstopping …');
      if (stack !== undefined) void stop(stack, 0);
    });
  }

  say('Plumbline is starting …');
  const projectId = process.env.GOOGLE_CLOUD_PROJECT || LOCAL_PROJECT;
  stack = await startStack({ projectId, ports, env: process.env, report: say });
  if (stopping.signal.aborted) return stop(stack, 0);
  say(banner(stack));

  try {
    const historyEndMs = Date.now();
    await learnHistory(stack, historyEndMs);
    if (!stopping.signal.aborted) await goLive(stack, historyEndMs);
  } catch (error) {
    // What failed because everything is being stopped is not worth a word.
    if (stopping.signal.aborted) return;
    console.error(error instanceof Error ? error.message : error);
    await stop(stack, 1);
  }

  async function learnHistory(running: Stack, endMs: number): Promise<void> {
    const startMs = performance.now();
    say('making a day of history …');
    let saidMs = startMs;
    const tell = (published: number) => {
      if (performance.now() - saidMs < PROGRESS_MS) return;
      saidMs = performance.now();
      say(`  ${published} readings published`);
    };
    const count = await publishHistory(running, profiles, endMs, tell, stopping.signal);
    if (stopping.signal.aborted) return;
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    say(`  ${count} readings published and stored in ${seconds} s`);
    say((await running.train()).trim());
    await running.aggregate(new Date());
  }

  async function goLive(running: Stack, fromMs: number): Promise<void> {
    // Where the history ends, so that no device seems to have been silent while the model was trained.
    const since = ['--start', new Date(fromMs).toISOString(), '--fault-rate', String(FAULT_RATE)];
    const isByMqtt = profile === 'sound';
    await running.supervisor.start({
      name: 'simulator',
      args: isByMqtt
        ? ['gateway/src/devices/main.ts', '--profile', profile, ...since]
        : ['simulator/src/main.ts', '--profile', profile, ...since, '--quiet'],
      env: { MQTT_URL: running.mqttUrl },
      endsFirst: true,
    });
    // Not before: devices that learn would slow down the first model, for which a person waits.
    await running.supervisor.start(edgePart(ports));
    schedules.push(
      ...Object.values(SCHEDULED_QUERIES).map((query) =>
        runOnSchedule(query, (at) => running.aggregate(at, query.reach), report),
      ),
      runOnSchedule(TRAINING_SCHEDULE, async () => say((await running.train()).trim()), report),
    );
    const way = isByMqtt ? ' over MQTT' : '';
    say(`live: devices are publishing${way} (${profile}); see http://127.0.0.1:${ports.dashboard}`);
  }

  function report(error: unknown): void {
    say(error instanceof Error ? error.message : String(error));
  }

  async function stop(running: Stack, status: number): Promise<void> {
    for (const end of schedules) end();
    await running.stop();
    process.exit(status);
  }
}
