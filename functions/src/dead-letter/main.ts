import { http } from '@google-cloud/functions-framework';
import { readEnvironment } from '@plumbline/contracts';
import { createLog } from '@plumbline/telemetry';
import { deadLetterBytes, deadLetterRows } from '../platform/dead-letter-rows.ts';
import { mendFramework } from '../platform/framework.ts';
import { createFunctionMetrics } from '../platform/function-metrics.ts';
import { frameworkLimits } from '../platform/limits.ts';
import { pushFunction } from '../platform/push-function.ts';
import { openWarehouse, readWarehouseConfig } from '../platform/warehouse.ts';
import { deadLetterOf } from './dead-letter-of.ts';

const log = createLog('dead-letter', (line) => process.stdout.write(line));
mendFramework(frameworkLimits(process.env), log);

const read = readEnvironment(process.env);
const config = readWarehouseConfig(read);
read.done();
const metrics = createFunctionMetrics();
const deadLetters = metrics.counted('dead_letters', openWarehouse(config)('dead_letters'));

http(
  'dead-letter',
  pushFunction(
    async (message) => {
      const dead = [deadLetterOf(message)];
      await deadLetters.add(deadLetterRows(message, dead, Date.now()), deadLetterBytes(dead));
    },
    log,
    metrics,
  ),
);
