import type { Registry } from '@plumbline/telemetry';
import type { Forwarder } from './forward.ts';

/** What a forwarder brings to Pub/Sub. */
export function addForwarderMetrics(registry: Registry, forwarder: Forwarder): void {
  const counter = (name: string, help: string, read: () => number) =>
    registry.sampled('counter', name, help, [], () => [{ value: read() }]);
  counter(
    'iot_gateway_published_readings_total',
    'Readings that Pub/Sub has',
    () => forwarder.totals().published,
  );
  counter(
    'iot_gateway_published_messages_total',
    'Messages that Pub/Sub has',
    () => forwarder.totals().messages,
  );
  counter(
    'iot_gateway_publish_retries_total',
    'Messages that had to be sent again',
    () => forwarder.totals().retries,
  );
  registry.sampled(
    'gauge',
    'iot_gateway_waiting_readings',
    'Readings that Pub/Sub does not have yet',
    [],
    () => [{ value: forwarder.waiting() }],
  );
}
