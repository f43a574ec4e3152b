import { DataTable, numberColumn } from '../data-table.tsx';
import { formatCount } from '../format.ts';
import { useAnswer } from '../use-answer.ts';

interface RouteLatency {
  readonly route: string;
  readonly request_count: number;
  readonly mean_ms: number;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
}

/** How long the ML server took, by its own count. */
export function ApiLatency() {
  const { body, error } = useAnswer<{ readonly routes: readonly RouteLatency[] }>('/api/latency');
  return (
    <section class="panel" aria-label="Latency of the ML server" data-panel="api-latency">
      <header>
        <div>
          <h2>Latency of the ML server</h2>
          <p class="note">
            since it started, in ms; quantiles from its histogram, a dash beyond its last step
          </p>
        </div>
      </header>
      {error ? (
        <p class="failed">{error}</p>
      ) : !body ? (
        <div class="skeleton" aria-hidden="true" />
      ) : (
        <DataTable
          label="Latency of the ML server"
          rows={body.routes}
          keyOf={(row) => row.route}
          columns={[
            { name: 'route', label: 'Route', value: (row) => row.route },
            numberColumn(
              'request_count',
              'Requests',
              (row: RouteLatency) => row.request_count,
              formatCount,
            ),
            numberColumn('mean_ms', 'Mean', (row: RouteLatency) => row.mean_ms, milliseconds),
            numberColumn('p50_ms', 'Median', (row: RouteLatency) => row.p50_ms, milliseconds),
            numberColumn('p95_ms', '95 %', (row: RouteLatency) => row.p95_ms, milliseconds),
            numberColumn('p99_ms', '99 %', (row: RouteLatency) => row.p99_ms, milliseconds),
          ]}
        />
      )}
    </section>
  );
}

function milliseconds(value: number): string {
  return value.toFixed(1);
}
