import type { Registry } from './registry.ts';

/** What every Node process tells of itself, by the names that Prometheus' own clients use. */
export function addProcessMetrics(registry: Registry): void {
  registry.sampled('gauge', 'process_resident_memory_bytes', 'Memory of the process', [], () => [
    { value: process.memoryUsage.rss() },
  ]);
  registry.sampled(
    'counter',
    'process_cpu_seconds_total',
    'Processor time of the process',
    [],
    () => {
      const { user, system } = process.cpuUsage();
      return [{ value: (user + system) / 1e6 }];
    },
  );
  registry.sampled(
    'gauge',
    'process_start_time_seconds',
    'When the process started, since the epoch',
    [],
    () => [{ value: Math.round(performance.timeOrigin) / 1000 }],
  );
}
