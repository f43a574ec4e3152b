import { DataTable } from '../data-table.tsx';
import { formatCount, formatShare, formatTime } from '../format.ts';
import { Panel } from '../panel.tsx';
import type { ModelRow } from '../rows.ts';
import { type ModelHistory, type VersionLine, versionLines } from '../serving.ts';
import type { Answer } from '../use-answer.ts';
import { usePanel } from '../use-panel.ts';
import { useView } from '../view.ts';

type Line = VersionLine<ModelRow>;

/** Stored versions with their roles, beside what each said in the range: a jump from one to the next is worth a look. */
export function ModelVersions({ history }: { history: Answer<ModelHistory> }) {
  const { nowMs } = useView();
  const state = usePanel<ModelRow>('models');
  const lines = versionLines(history.body?.versions ?? [], state.data?.rows ?? []);
  return (
    <Panel
      title="Versions"
      note={
        history.error
          ? `what each said in this range; roles unknown: ${history.error}`
          : 'their roles, and what each said in this range: a jump from one to the next is worth a look'
      }
      name="models"
      size="wide"
      isTable
      state={state}
      rows={lines.map(({ version, roles, said }) => ({
        ...said,
        model_version: version,
        roles: roles?.join(' ') ?? null,
      }))}
      columns={['roles', ...(state.data?.columns ?? [])]}
      empty="No version is stored, and nothing was scored in this range."
    >
      <DataTable
        label="Versions"
        rows={lines}
        keyOf={(line) => line.version ?? 'rules'}
        columns={[
          { name: 'version', label: 'Version', value: (line) => line.version ?? 'rules alone' },
          {
            name: 'roles',
            label: 'Role',
            value: (line) => line.roles?.join(', ') || '–',
            cell: (line) =>
              line.roles?.includes('current') ? <b>current</b> : line.roles?.join(', ') || '–',
          },
          number('prediction_count', 'Predictions', (row) => row.prediction_count, formatCount),
          number(
            'anomaly_share',
            'Anomalies',
            (row) => row.anomaly_count / row.prediction_count,
            (share, row) => `${formatCount(row.anomaly_count)} (${formatShare(share)})`,
          ),
          number('mean_score', 'Mean score', (row) => row.mean_score, fixed),
          number('mean_threshold', 'Mean threshold', (row) => row.mean_threshold, fixed),
          time('first', 'First', (row) => row.first_predicted_at, nowMs),
          time('last', 'Last', (row) => row.last_predicted_at, nowMs),
        ]}
      />
    </Panel>
  );
}

function number(
  name: string,
  label: string,
  read: (row: ModelRow) => number,
  format: (value: number, row: ModelRow) => string,
) {
  return {
    name,
    label,
    isNumber: true,
    value: ({ said }: Line) => said && read(said),
    cell: ({ said }: Line) => (said ? format(read(said), said) : '–'),
  };
}

function fixed(value: number): string {
  return value.toFixed(3);
}

function time(name: string, label: string, read: (row: ModelRow) => number, nowMs: number) {
  return {
    name,
    label,
    value: ({ said }: Line) => said && read(said),
    cell: ({ said }: Line) => (said ? formatTime(read(said), nowMs) : '–'),
  };
}
