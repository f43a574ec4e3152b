import { nullable, required, type Table } from './columns.ts';

const roundKey = [
  required('fleet', 'STRING', 'Devices that learn together'),
  required('round', 'INT64', 'Number of the round, from 1'),
  required('finished_at', 'TIMESTAMP', 'When the round ended'),
];

/** What the coordinator of federated learning writes: one row a round, and one row a round and client. */
export const FEDERATED_TABLES = {
  federated_rounds: {
    description: 'Rounds of federated learning, one row each',
    kind: 'operations',
    columns: [
      ...roundKey,
      required('started_at', 'TIMESTAMP', 'When the round began'),
      required('outcome', 'STRING', 'aggregated, or too_few_clients: nothing changed'),
      required('selected_count', 'INT64', 'Clients that were asked'),
      required('participant_count', 'INT64', 'Clients whose update took part'),
      required('straggler_count', 'INT64', 'Clients that were asked and not heard of in time'),
      required('refused_count', 'INT64', 'Updates that were refused'),
      required('sample_count', 'INT64', 'Points that the updates were trained on'),
      nullable('loss', 'FLOAT64', 'Mean error when the round began; no unit'),
      required('received_bytes', 'INT64', 'Bytes of updates'),
      required('sent_bytes', 'INT64', 'Bytes of global weights'),
      nullable('epsilon', 'FLOAT64', 'Privacy budget spent; NULL without noise'),
    ],
    partitionBy: 'finished_at',
    partitionUnit: 'DAY',
    clusterBy: ['fleet'],
    expirationDays: 800,
  },
  federated_participants: {
    description: 'What each client did in a round of federated learning: counts, never values',
    kind: 'operations',
    columns: [
      ...roundKey,
      required('client_id', 'STRING', 'The device'),
      required('sample_count', 'INT64', 'Points that it trained on'),
      required('scored_count', 'INT64', 'Points that it scored since its last update'),
      required('anomaly_count', 'INT64', 'Those of them at or above its own threshold'),
      required('loss', 'FLOAT64', 'Mean error of its points under the global weights; no unit'),
    ],
    partitionBy: 'finished_at',
    partitionUnit: 'DAY',
    clusterBy: ['fleet', 'client_id'],
    expirationDays: 800,
  },
} as const satisfies Record<string, Table>;
