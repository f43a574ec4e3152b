/** Serves the emulator in a process of its own, for tests to kill: prints its host, runs for ever. */
import { startPubSub } from '../../src/pubsub/index.ts';

const [dataDir] = process.argv.slice(2);
const { host } = await startPubSub(dataDir === undefined ? {} : { dataDir });
console.log(host);
