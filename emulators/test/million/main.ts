/** `npm run million -w emulators -- --messages 1000000`: prints what became of them, exits 1 if one is lost. */
import { parseArgs } from 'node:util';
import { sendMessages } from './million.ts';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    rate: { type: 'string', default: '0.01' },
  },
});
const report = await sendMessages(Number(values.messages), Number(values.rate), (line) =>
  process.stderr.write(`${line}\n`),
);
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
if (0 < report.lost || 0 < report.wrong) process.exitCode = 1;
