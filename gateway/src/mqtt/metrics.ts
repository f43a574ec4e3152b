import type { Registry } from '@plumbline/telemetry';
import type { Bridge } from './bridge.ts';

/** What a bridge takes from its broker. */
export function addBridgeMetrics(registry: Registry, bridge: Bridge): void {
  const counter = (name: string, help: string, read: () => number) =>
    registry.sampled('counter', name, help, [], () => [{ value: read() }]);
  counter('iot_mqtt_messages_total', 'Messages from the broker', () => bridge.totals().messages);
  counter('iot_mqtt_readings_total', 'Readings in them', () => bridge.totals().readings);
  counter(
    'iot_mqtt_refused_total',
    'Payloads that are no reading, or were left to be dead letters',
    () => bridge.totals().refused,
  );
  counter(
    'iot_mqtt_connections_total',
    'Times that the broker let the bridge in',
    () => bridge.totals().connections,
  );
  registry.sampled(
    'gauge',
    'iot_mqtt_subscribed',
    '1 while the broker brings messages, else 0',
    [],
    () => [{ value: bridge.isSubscribed() ? 1 : 0 }],
  );
}
