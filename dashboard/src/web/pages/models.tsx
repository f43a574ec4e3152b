import { useState } from 'preact/hooks';
import { formatAge, formatCount, formatTime, title } from '../format.ts';
import { ScoreHistogram } from '../parts/anomaly-charts.tsx';
import { Drift } from '../parts/drift.tsx';
import { Figures } from '../parts/figures.tsx';
import { ModelCard } from '../parts/model-card.tsx';
import { ModelVersions } from '../parts/model-versions.tsx';
import { VersionCommands } from '../parts/version-commands.tsx';
import type { TotalsRow } from '../rows.ts';
import { type ModelHistory, type ModelStatus, type Serving, versionWith } from '../serving.ts';
import { useAnswer } from '../use-answer.ts';
import { usePanel } from '../use-panel.ts';
import { useView } from '../view.ts';

/** Which model version decides, what it was made of, how far the world has moved since, and how versions differ. */
export function Models() {
  const { body: serving, error } = useAnswer<Serving>('/api/models');
  const { body: status } = useAnswer<ModelStatus>('/api/models/status');
  const history = useAnswer<ModelHistory>('/api/models/history');
  const [chosen, setChosen] = useState<string>();
  const shown = chosen ?? serving?.current?.version;
  return (
    <>
      {error && (
        <section class="verdict unknown" role="alert">
          <h1>The ML server cannot be asked</h1>
          <p>{error}</p>
        </section>
      )}
      {serving && <Current serving={serving} status={status} history={history.body} />}
      <div class="grid after">
        <ModelVersions history={history} onChoose={setChosen} />
        {serving?.shadow && <Challenger shadow={serving.shadow} />}
        {shown && (
          <ModelCard version={shown} onClose={chosen ? () => setChosen(undefined) : undefined} />
        )}
        <VersionCommands history={history.body} chosen={chosen} />
        {serving?.current && <Drift drift={serving.drift} />}
        <ScoreHistogram />
      </div>
    </>
  );
}

interface CurrentProps {
  readonly serving: Serving;
  readonly status: ModelStatus | undefined;
  readonly history: ModelHistory | undefined;
}

function Current({ serving, status, history }: CurrentProps) {
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
  const trainedAtMs = Date.parse(current.trained_at);
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
          ['Current', current.version, `of the model ${serving.name}`],
          ['Previous', versionWith(history, 'previous') ?? 'none', 'a rollback goes there'],
          ['Challenger', status?.challenger_version ?? 'none', 'judges in the shadow'],
          ['Trained', formatAge(nowMs - trainedAtMs), `ago, up to ${formatCount(samples)} samples`],
          [
            'Judged',
            status ? formatCount(status.judged_count) : '–',
            status
              ? `since ${formatTime(Date.parse(status.started_at), nowMs)}, ${formatCount(status.anomaly_count)} anomalies`
              : 'unknown',
          ],
        ]}
      />
    </>
  );
}

function Challenger({ shadow }: { shadow: NonNullable<Serving['shadow']> }) {
  return (
    <section class="panel wide" aria-label="The challenger beside the current version">
      <header>
        <div>
          <h2>The challenger beside the current version</h2>
          <p class="note">{shadow.version} judges the same readings; nobody acts on what it says</p>
        </div>
      </header>
      <Figures
        figures={[
          ['Readings', formatCount(shadow.reading_count), 'judged by both'],
          ['Both', formatCount(shadow.both_count), 'say anomaly'],
          ['Current only', formatCount(shadow.current_only_count), 'says anomaly'],
          ['Challenger only', formatCount(shadow.challenger_only_count), 'says anomaly'],
          ['Scores apart', shadow.mean_score_difference.toFixed(3), 'mean; a threshold is 1'],
        ]}
      />
    </section>
  );
}
