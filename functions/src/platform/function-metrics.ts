import { DEAD_LETTER_REASONS, type TableName } from '@plumbline/contracts';
import { addProcessMetrics, createRegistry } from '@plumbline/telemetry';
import type { RowWriter } from './row-writer.ts';

/** What one function counts and measures; names as operators of IoT pipelines know them. */
export interface FunctionMetrics {
  /** A push was answered with this status; `lagSeconds` since it was published, where Pub/Sub says so. */
  answered(status: number, seconds: number, lagSeconds: number | undefined): void;
  /** The same writer, with what becomes of its rows counted. */
  counted(table: TableName, writer: RowWriter): RowWriter;
  text(): string;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export function createFunctionMetrics(): FunctionMetrics {
  const registry = createRegistry();
  addProcessMetrics(registry);
  const pushes = registry.counter('iot_pushes_total', 'Pushes answered', ['status']);
  const pushSeconds = registry.histogram(
    'iot_push_duration_seconds',
    'From the start of a push to its answer',
    SECONDS,
  );
  const lagSeconds = registry.histogram(
    'iot_message_lag_seconds',
    'From the publishing of a message to the moment at which all of it was durable',
    SECONDS,
  );
  const rows = registry.counter('iot_rows_total', 'Rows given to BigQuery', ['table', 'outcome']);
  const deadLetters = registry.counter('iot_deadletter_total', 'Dead letters stored', ['reason']);
  // A series that is there from the start shows its first increase; one that begins at 1 shows none.
  for (const status of ['204', '400', '429', '500', '503']) pushes.add(0, status);
  const writers: { table: TableName; writer: RowWriter }[] = [];
  registry.sampled(
    'gauge',
    'iot_rows_waiting',
    'Rows that wait for BigQuery or are under way to it',
    ['table'],
    () => writers.map(({ table, writer }) => ({ value: writer.waitingItems, labels: [table] })),
  );

  return {
    answered(status, seconds, lag) {
      pushes.add(1, String(status));
      pushSeconds.observe(seconds);
      if (status === 204 && lag !== undefined) lagSeconds.observe(lag);
    },
    counted(table, writer) {
      writers.push({ table, writer });
      rows.add(0, table, 'stored');
      if (table === 'dead_letters') {
        for (const reason of Object.keys(DEAD_LETTER_REASONS)) deadLetters.add(0, reason);
      }
      return {
        get waitingItems() {
          return writer.waitingItems;
        },
        drained: writer.drained,
        async add(items, bytes) {
          const outcomes = await writer.add(items, bytes);
          const stored = outcomes.filter((outcome) => outcome.stored).length;
          if (stored > 0) rows.add(stored, table, 'stored');
          if (stored < outcomes.length) rows.add(outcomes.length - stored, table, 'refused');
          if (table === 'dead_letters') {
            for (const { values } of items) deadLetters.add(1, String(values.reason));
          }
          return outcomes;
        },
      };
    },
    text: registry.text,
  };
}
