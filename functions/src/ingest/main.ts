import { http } from '@google-cloud/functions-framework';
import { createLog } from '@plumbline/telemetry';
import { mendFramework } from '../platform/framework.ts';
import { createFunctionMetrics } from '../platform/function-metrics.ts';
import { frameworkLimits } from '../platform/limits.ts';
import { pushFunction } from '../platform/push-function.ts';
import { openWarehouse } from '../platform/warehouse.ts';
import { parseConfig } from './config.ts';
import { createIngest } from './ingest.ts';

const log = createLog('ingest', (line) => process.stdout.write(line));
mendFramework(frameworkLimits(process.env), log);

const config = parseConfig(process.env);
const writerOf = openWarehouse(config.warehouse);
const metrics = createFunctionMetrics();

const ingest = createIngest(config.bounds, {
  now: Date.now,
  storeReadings: metrics.counted('readings_raw', writerOf('readings_raw')).add,
  storeDeadLetters: metrics.counted('dead_letters', writerOf('dead_letters')).add,
});

http('ingest', pushFunction(ingest, log, metrics));
