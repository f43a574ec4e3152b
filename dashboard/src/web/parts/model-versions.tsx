import { DataTable, numberColumn, timeColumn } from '../data-table.tsx';
import { formatCount, formatShare } from '../format.ts';
import { Panel } from '../panel.tsx';
import type { ModelRecordRow, ModelRow } from '../rows.ts';
import { type ModelHistory, type VersionLine, versionLines } from '../serving.ts';
import type { Answer } from '../use-answer.ts';
import { usePanel } from '../use-panel.ts';
import { type Change, NO_FILTERS, useView } from '../view.ts';

type Line = VersionLine<ModelRow, ModelRecordRow>;

interface ModelVersionsProps {
  readonly history: Answer<ModelHistory>;
  readonly onChoose: (version: string) => void;
}

/** Stored versions with their roles, beside what each said in the range: a jump from one to the next is worth a look. */
export function ModelVersions({ history, onChoose }: ModelVersionsProps) {
  const { nowMs } = useView();
  const state = usePanel<ModelRow>('models');
  const records = usePanel<ModelRecordRow>('model-records', { change: ALL });
  const lines = versionLines(
    history.body?.versions ?? [],
    state.data?.rows ?? [],
    records.data?.rows ?? [],
  );
  return (
    <Panel
      title="Versions"
      note={
        history.error
          ? `what each said in this range; roles unknown: ${history.error}`
          : 'roles, how each did when it was trained, what each said in this range; a name opens its card'
      }
      name="models"
      size="wide"
      isTable
      state={state}
      rows={lines.map(({ version, roles, said, record }) => ({
        ...record,
        ...said,
        model_version: version,
        roles: roles?.join(' ') ?? null,
      }))}
      columns={[
        ...new Set(['roles', ...(state.data?.columns ?? []), ...(records.data?.columns ?? [])]),
      ]}
      empty="No version is stored, and nothing was scored in this range."
    >
      <DataTable
        label="Versions"
        rows={lines}
        keyOf={(line) => line.version ?? 'rules'}
        onOpen={(line) => onChoose(line.version ?? '')}
        isOpenable={(line) => line.version !== null}
        columns={[
          { name: 'version', label: 'Version', value: (line) => line.version ?? 'rules alone' },
          {
            name: 'roles',
            label: 'Role',
            value: (line) => line.roles?.join(', ') || '–',
            cell: (line) =>
              line.roles?.includes('current') ? <b>current</b> : line.roles?.join(', ') || '–',
          },
          numberColumn(
            'found',
            'Faults found',
            ({ record }: Line) => (record?.event_count ? record.found_count : null),
            (count, { record }) => `${formatCount(count)} of ${formatCount(record?.event_count)}`,
          ),
          numberColumn(
            'false_alarms',
            'False alarms',
            ({ record }: Line) => record?.false_alarm_count ?? null,
            formatCount,
          ),
          numberColumn(
            'prediction_count',
            'Predictions',
            ({ said }: Line) => said?.prediction_count ?? null,
            formatCount,
          ),
          numberColumn(
            'anomaly_share',
            'Anomalies',
            ({ said }: Line) => said && said.anomaly_count / said.prediction_count,
            (share, { said }) => `${formatCount(said?.anomaly_count)} (${formatShare(share)})`,
          ),
          numberColumn(
            'mean_score',
            'Mean score',
            ({ said }: Line) => said?.mean_score ?? null,
            fixed,
          ),
          timeColumn('first', 'First', ({ said }: Line) => said?.first_predicted_at ?? null, nowMs),
          timeColumn('last', 'Last', ({ said }: Line) => said?.last_predicted_at ?? null, nowMs),
        ]}
      />
    </Panel>
  );
}

/** What the trainer left does not depend on what is filtered. */
const ALL: Change = { range: '7d', between: undefined, ...NO_FILTERS };

function fixed(value: number): string {
  return value.toFixed(3);
}
