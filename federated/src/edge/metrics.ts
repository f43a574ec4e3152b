import type { Registry } from '@plumbline/telemetry';
import type { EdgeEvents } from './run-edge.ts';

/** Counts what devices do; nothing that is counted leaves the machine with a value of a reading. */
export function edgeMetrics(registry: Registry, devices: number): EdgeEvents {
  registry.sampled('gauge', 'iot_edge_devices', 'Devices that this process runs', [], () => [
    { value: devices },
  ]);
  const scored = registry.counter('iot_edge_scored_total', 'Readings scored on their device');
  const anomalies = registry.counter(
    'iot_edge_anomalies_total',
    "At or above the device's threshold",
  );
  const updates = registry.counter('iot_edge_updates_total', 'Updates sent', ['result']);
  const training = registry.histogram(
    'iot_edge_training_duration_seconds',
    "From the global weights to a device's own",
    [0.01, 0.03, 0.1, 0.3, 1, 3],
  );
  return {
    onScored(isAnomaly) {
      scored.add(1);
      if (isAnomaly) anomalies.add(1);
    },
    onUpdate: (isTaken) => updates.add(1, isTaken ? 'accepted' : 'refused'),
    onTrained: (seconds) => training.observe(seconds),
  };
}
