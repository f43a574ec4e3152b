import type { Registry } from '@plumbline/telemetry';
import type { Coordinator, RoundRecord } from './coordinator.ts';

/** How the rounds go. `history` may be empty and is bounded, so sums are kept by the coordinator. */
export function addRoundMetrics(
  registry: Registry,
  coordinator: Coordinator,
  history: () => readonly RoundRecord[],
): void {
  const gauge = (name: string, help: string, read: () => number | undefined | null) =>
    registry.sampled('gauge', `iot_federated_${name}`, help, [], () => {
      const value = read();
      return value === undefined || value === null ? [] : [{ value }];
    });
  gauge('round', 'The newest round', coordinator.round);
  gauge('clients', 'Clients that asked for work lately', coordinator.clientCount);
  gauge(
    'participants',
    'Clients whose update took part in the last round',
    () => history().at(-1)?.participants.length,
  );
  gauge(
    'stragglers',
    'Clients of the last round that did not answer in time',
    () => history().at(-1)?.stragglerCount,
  );
  gauge('loss', 'Mean error when the last round began', () => history().at(-1)?.loss);
  gauge('epsilon', 'Privacy budget spent; absent without noise', () => history().at(-1)?.epsilon);
  const counter = (
    name: string,
    help: string,
    label: string,
    read: () => Iterable<[string, number]>,
  ) =>
    registry.sampled('counter', `iot_federated_${name}_total`, help, [label], () =>
      [...read()].map(([key, value]) => ({ value, labels: [key] })),
    );
  counter('rounds', 'Rounds that ended', 'outcome', () => coordinator.totals().rounds);
  counter('refused_updates', 'Updates refused', 'reason', () => coordinator.totals().refused);
  counter('bytes', 'Weights and counts on the wire', 'direction', () => coordinator.totals().bytes);
}
