import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { BROKERS, SIGNALS } from './brokers.ts';
import { runKills } from './run.ts';

const HELP = `npm run mqtt-kills [-- options]

Publishes messages at QoS 1 over a broker and the bridge into the whole pipeline, kills both again and again,
and looks for every acknowledged message in the view readings. Exit status 1 if one is lost or there twice.

  --messages N    100000
  --kills N       10 of the broker and 10 of the bridge
  --broker NAME   ${BROKERS.join(' or ')} (embedded); Mosquitto must be installed
  --signal NAME   SIGKILL or SIGTERM, which ends the broker (SIGKILL)
  --json          the report as one JSON object
  --help          this text`;

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '100000' },
    kills: { type: 'string', default: '10' },
    broker: { type: 'string', default: 'embedded' },
    signal: { type: 'string', default: 'SIGKILL' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
const broker = BROKERS.find((name) => name === values.broker);
const signal = SIGNALS.find((name) => name === values.signal);
const [messages, kills] = [Number(values.messages), Number(values.kills)];

if (values.help) {
  console.log(HELP);
} else if (
  broker === undefined ||
  signal === undefined ||
  !(0 < messages && messages <= 1e6) ||
  !(0 <= kills)
) {
  console.error(
    `wanted --signal ${SIGNALS.join(' or ')}, --broker ${BROKERS.join(' or ')}, --messages 1 to 1000000, --kills 0 or more`,
  );
  process.exitCode = 2;
} else if (broker === 'mosquitto' && spawnSync('mosquitto', ['-h']).error !== undefined) {
  console.error('mosquitto is not installed: try --broker embedded');
  process.exitCode = 2;
} else {
  const report = await runKills({
    messages,
    kills,
    broker,
    signal,
    say: (line) => console.error(line),
  });
  const { lost, twice } = report;
  console.log(
    values.json
      ? JSON.stringify({ broker, signal, ...report })
      : Object.entries({ broker, signal, ...report })
          .map(([name, value]) => `  ${name.padEnd(16)}${value}`)
          .join('\n'),
  );
  process.exit(lost === 0 && twice === 0 ? 0 : 1);
}
