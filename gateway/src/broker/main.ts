import { ConfigError, readEnvironment } from '@plumbline/contracts';
import { createLog } from '../log.ts';
import { startBroker } from './broker.ts';

const log = createLog('mqtt-broker', (line) => process.stdout.write(line));
try {
  const read = readEnvironment(process.env);
  const port = read.integer('PORT', { min: 0, max: 65_535, fallback: 1883 });
  read.done();
  const broker = await startBroker({ port });
  log('INFO', `MQTT broker listens on mqtt://127.0.0.1:${broker.port}`);
  const stop = () => void broker.stop().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  if (error instanceof ConfigError) console.error(error.message);
  else if ((error as { code?: string }).code === 'EADDRINUSE') {
    console.error(
      `port ${(error as { port?: number }).port} is in use: stop what uses it or set PORT`,
    );
  } else console.error(error);
  process.exitCode = 1;
}
