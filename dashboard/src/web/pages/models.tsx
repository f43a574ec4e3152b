import { useEffect, useState } from 'preact/hooks';
import { CopyCommand } from '../copy-command.tsx';
import { DataTable } from '../data-table.tsx';
import { problemText } from '../fetch-panel.ts';
import { formatAge, formatCount, formatShare, formatTime, title } from '../format.ts';
import { Panel } from '../panel.tsx';
import { ScoreHistogram } from '../parts/anomaly-charts.tsx';
import { Figures } from '../parts/figures.tsx';
import type { ModelRow, TotalsRow } from '../rows.ts';
import { usePanel } from '../use-panel.ts';
import { useView } from '../view.ts';

/** What `GET /models` of the ML server says. */
interface Serving {
  readonly name: string;
  readonly current: {
    readonly version: string;
    readonly trained_at: string;
    readonly models: readonly {
      readonly metrics: readonly string[];
      readonly place_type: string | null;
      readonly sample_count: number;
      readonly threshold: number;
    }[];
  } | null;
  readonly problem: {
    readonly at: string;
    readonly reason: string;
    readonly message: string;
  } | null;
}

/** Which model version decides, what it was made of, and how versions differed in the range. */
export function Models() {
  const { serving, error } = useServing();
  return (
    <>
      {error ? (
        <section class="verdict unknown" role="alert">
          <h1>The ML server cannot be asked</h1>
          <p>{error}</p>
        </section>
      ) : (
        serving && <Current serving={serving} />
      )}
      <div class="grid after">
        <Versions current={serving?.current?.version} />
        {serving?.current && <Parts current={serving.current} />}
        <ScoreHistogram />
        <Switching />
      </div>
    </>
  );
}

function Current({ serving }: { serving: Serving }) {
  const { nowMs } = useView();
  const totals = usePanel<TotalsRow>('totals');
  const { current, problem } = serving;
  if (!current) {
    const count = totals.data?.rows[0]?.reading_count;
    return (
      <section class="verdict unknown">
        <h1>No model yet: rules alone decide</h1>
        <p>
          {count === undefined ? '' : `${formatCount(count)} readings in this range. `}The first
          model comes when the trainer runs and finds at least 50 samples of a metric.
        </p>
        {problem && (
          <p>
            {title(problem.reason)}: {problem.message}
          </p>
        )}
      </section>
    );
  }
  const samples = Math.max(0, ...current.models.map((one) => one.sample_count));
  return (
    <>
      {problem && (
        <section class="verdict warning" role="alert">
          <h1>A newer version was refused</h1>
          <p>
            {title(problem.reason)}: {problem.message}
          </p>
        </section>
      )}
      <Figures
        figures={[
          ['Current version', current.version, `of the model ${serving.name}`],
          [
            'Trained',
            formatAge(nowMs - Date.parse(current.trained_at)),
            `ago, ${formatTime(Date.parse(current.trained_at), nowMs)}`,
          ],
          ['Parts', formatCount(current.models.length), 'one a metric, and one of all together'],
          ['Samples', formatCount(samples), 'at most, of one part'],
        ]}
      />
    </>
  );
}

/** This page only reads: who may change the version has a shell. */
function Switching() {
  return (
    <section class="panel wide" aria-label="Change the version">
      <header>
        <div>
          <h2>Change the version</h2>
          <p class="note">
            by command, as this page only reads; servers follow at their next look, without a
            restart
          </p>
        </div>
      </header>
      <CopyCommand
        command={[
          'npm run models -- list',
          'npm run models -- show VERSION        # its card',
          'npm run models -- promote VERSION',
          'npm run models -- challenge VERSION   # judge in the shadow of the current one',
          'npm run models -- rollback',
        ].join('\n')}
      />
    </section>
  );
}

/** The parts of the current version: what each looks at and from which score it calls an anomaly. */
function Parts({ current }: { current: NonNullable<Serving['current']> }) {
  return (
    <section class="panel" aria-label="Parts of the current version">
      <header>
        <h2>Parts of the current version</h2>
      </header>
      <DataTable
        label="Parts of the current version"
        rows={current.models}
        keyOf={(_, index) => String(index)}
        columns={[
          {
            name: 'metrics',
            label: 'Looks at',
            value: (row) => row.metrics.map(title).join(', '),
            cell: (row) => <span class="long">{row.metrics.map(title).join(', ')}</span>,
          },
          { name: 'place_type', label: 'In', value: (row) => title(row.place_type ?? 'all rooms') },
          {
            name: 'sample_count',
            label: 'Samples',
            isNumber: true,
            value: (row) => row.sample_count,
            cell: (row) => formatCount(row.sample_count),
          },
          {
            name: 'threshold',
            label: 'Threshold',
            isNumber: true,
            value: (row) => row.threshold,
            cell: (row) => row.threshold.toFixed(3),
          },
        ]}
      />
    </section>
  );
}

/** Versions side by side by what they said in the range: a jump in share or mean score is drift. */
function Versions({ current }: { current: string | undefined }) {
  const { nowMs } = useView();
  const state = usePanel<ModelRow>('models');
  return (
    <Panel
      title="Versions in this range"
      note="what each said; a jump in share or mean score from one to the next is worth a look"
      name="models"
      size="wide"
      isTable
      state={state}
      empty="Nothing was scored in this range."
    >
      <DataTable
        label="Versions in this range"
        rows={state.data?.rows ?? []}
        keyOf={(row) => row.model_version ?? 'rules'}
        columns={[
          {
            name: 'model_version',
            label: 'Version',
            value: (row) => row.model_version ?? 'rules alone',
            cell: (row) =>
              `${row.model_version ?? 'rules alone'}${row.model_version !== null && row.model_version === current ? ' (current)' : ''}`,
          },
          {
            name: 'prediction_count',
            label: 'Predictions',
            isNumber: true,
            value: (row) => row.prediction_count,
            cell: (row) => formatCount(row.prediction_count),
          },
          {
            name: 'anomaly_share',
            label: 'Anomalies',
            isNumber: true,
            value: (row) => row.anomaly_count / row.prediction_count,
            cell: (row) =>
              `${formatCount(row.anomaly_count)} (${formatShare(row.anomaly_count / row.prediction_count)})`,
          },
          number('mean_score', 'Mean score'),
          number('mean_threshold', 'Mean threshold'),
          time('first_predicted_at', 'First', nowMs),
          time('last_predicted_at', 'Last', nowMs),
        ]}
      />
    </Panel>
  );
}

function number(name: 'mean_score' | 'mean_threshold', label: string) {
  return {
    name,
    label,
    isNumber: true,
    value: (row: ModelRow) => row[name],
    cell: (row: ModelRow) => row[name].toFixed(3),
  };
}

function time(name: 'first_predicted_at' | 'last_predicted_at', label: string, nowMs: number) {
  return {
    name,
    label,
    value: (row: ModelRow) => row[name],
    cell: (row: ModelRow) => formatTime(row[name], nowMs),
  };
}

function useServing(): { serving?: Serving; error?: string } {
  const { fetchCount } = useView();
  const [state, setState] = useState<{ serving?: Serving; error?: string }>({});
  useEffect(() => {
    const controller = new AbortController();
    fetch('/api/models', { signal: controller.signal })
      .then(async (response) => {
        if (!response.ok) throw new Error(await problemText(response));
        setState({ serving: (await response.json()) as Serving });
      })
      .catch((error: Error) => {
        if (!controller.signal.aborted) setState({ error: error.message });
      });
    return () => controller.abort();
  }, [fetchCount]);
  return state;
}
