import { Columns } from '../charts/columns.tsx';
import { TimeSeries } from '../charts/time-series.tsx';
import { formatAge, formatBytes, formatCount, formatTime } from '../format.ts';
import { Panel } from '../panel.tsx';
import { DeviceQuality, RoundTable } from '../parts/federated-tables.tsx';
import { Figures, NoFiguresYet } from '../parts/figures.tsx';
import type { FederatedDeviceRow, FederatedRoundRow } from '../rows.ts';
import { timeAxis } from '../time-axis.ts';
import { type PanelState, usePanel } from '../use-panel.ts';
import { useView } from '../view.ts';

/** Learning where the data is: rounds, who took part, and how well the shared weights fit each device. */
export function Federated() {
  const rounds = usePanel<FederatedRoundRow>('federated-rounds');
  const devices = usePanel<FederatedDeviceRow>('federated-devices');
  const fleets = [...new Set((rounds.data?.rows ?? []).map((row) => row.fleet))];
  if (!rounds.data) {
    return rounds.error ? <p class="failed">{rounds.error}</p> : <NoFiguresYet />;
  }
  if (fleets.length === 0) return <NoRounds />;
  return (
    <>
      {fleets.map((fleet) => (
        <Fleet
          key={fleet}
          fleet={fleet}
          rounds={rounds}
          devices={devices}
          hasName={fleets.length > 1}
        />
      ))}
    </>
  );
}

function NoRounds() {
  const { address, go } = useView();
  return (
    <section class="verdict unknown">
      <h1>No round of federated learning in this range</h1>
      <p>
        A coordinator asks devices to learn where their data is; only weights and counts travel. It
        writes a row for each round, and none is here. docs/federated.md says how to start one.
      </p>
      {address.range !== '7d' && (
        <button
          type="button"
          class="quiet"
          onClick={() => go({ range: '7d', between: undefined, device: undefined })}
        >
          Look at the last 7 days
        </button>
      )}
    </section>
  );
}

interface FleetProps {
  readonly fleet: string;
  readonly rounds: PanelState<FederatedRoundRow>;
  readonly devices: PanelState<FederatedDeviceRow>;
  /** Several fleets are on the page. */
  readonly hasName: boolean;
}

function Fleet({ fleet, rounds, devices, hasName }: FleetProps) {
  const { nowMs } = useView();
  const mine = (rounds.data?.rows ?? []).filter((row) => row.fleet === fleet);
  const inOrder = mine.toReversed();
  const [last] = mine;
  if (!last) return null;
  const losses = inOrder.flatMap(({ loss }) => (loss === null ? [] : [loss]));
  const [first, newest] = [losses[0], losses.at(-1)];
  const aggregated = mine.filter((row) => row.outcome === 'aggregated').length;
  const bytes = mine.reduce((sum, row) => sum + row.received_bytes + row.sent_bytes, 0);
  return (
    <section aria-label={`Fleet ${fleet}`}>
      {hasName && <h2 class="fleet">{fleet}</h2>}
      <Figures
        figures={[
          ['Round', formatCount(last.round), `ended ${formatAge(nowMs - last.finished_at)} ago`],
          [
            'Loss',
            newest?.toFixed(4) ?? '–',
            first === undefined || newest === undefined || losses.length < 2
              ? 'mean error of the shared weights'
              : `${first.toFixed(4)} when this range began`,
          ],
          [
            'Participants',
            `${formatCount(last.participant_count)} of ${formatCount(last.selected_count)}`,
            'asked in the last round',
          ],
          [
            'Learned from',
            formatCount(last.sample_count),
            'points in the last round, none of which travelled',
          ],
          [
            'Rounds',
            formatCount(mine.length),
            aggregated === mine.length
              ? 'all changed the weights'
              : `${formatCount(mine.length - aggregated)} changed nothing`,
          ],
          ['Sent', formatBytes(bytes), 'weights, both ways'],
          ...(last.epsilon === null
            ? []
            : [['Privacy spent', `ε ${last.epsilon.toFixed(2)}`, 'of the budget'] as const]),
        ]}
      />
      <div class="grid">
        <Loss rounds={rounds} rows={inOrder} />
        <Participation rounds={rounds} rows={inOrder} />
        <DeviceQuality devices={devices} fleet={fleet} />
        <RoundTable rounds={rounds} rows={mine} />
      </div>
    </section>
  );
}

interface RoundsProps {
  readonly rounds: PanelState<FederatedRoundRow>;
  readonly rows: readonly FederatedRoundRow[];
}

function Loss({ rounds, rows }: RoundsProps) {
  const { go } = useView();
  const { fromMs = 0, toMs = 1 } = rounds.data ?? {};
  const points = rows.map((row) => ({
    atMs: row.finished_at,
    mean: row.loss,
    min: row.lowest_loss,
    max: row.highest_loss,
  }));
  return (
    <Panel
      title="Loss"
      note="mean error when a round began, and from the best to the worst device; no unit"
      name="federated-loss"
      state={rounds}
      rows={rows}
      empty="No round in this range."
    >
      <TimeSeries
        summary={`Loss over ${formatCount(rows.length)} rounds, last ${rows.at(-1)?.loss?.toFixed(4) ?? 'unknown'}`}
        unit=""
        decimals={4}
        points={points}
        markers={[]}
        fromMs={fromMs}
        toMs={toMs}
        colour="--series-1"
        onBrush={(from, to) => go({ between: { fromMs: from, toMs: to } })}
      />
    </Panel>
  );
}

/** Of the devices that were asked: those that took part, those that were late, those that were refused. */
function Participation({ rounds, rows }: RoundsProps) {
  const { nowMs } = useView();
  const { fromMs = 0, toMs = 1 } = rounds.data ?? {};
  const spanMs = toMs - fromMs;
  const first = rows[0]?.finished_at ?? 0;
  const last = rows.at(-1)?.finished_at ?? 0;
  const gap = (last - first) / Math.max(1, rows.length - 1) / spanMs;
  const width = gap > 0 ? Math.min(0.02, 0.8 * gap) : 0.02;
  return (
    <Panel
      title="Participants"
      note="took part, then late, then refused; of those asked in each round"
      name="federated-participants"
      state={rounds}
      rows={rows}
      empty="No round in this range."
    >
      <Columns
        summary={`Participants of ${formatCount(rows.length)} rounds`}
        columns={rows.map((row) => ({
          at: Math.max(0, (row.finished_at - fromMs) / spanMs - width / 2),
          width,
          parts: [
            { value: row.participant_count, colour: '--series-2' },
            { value: row.straggler_count, colour: '--warning-fill' },
            { value: row.refused_count, colour: '--critical-fill' },
          ],
          title: `round ${row.round}, ${formatTime(row.finished_at, nowMs)}: ${row.participant_count} took part, ${row.straggler_count} late, ${row.refused_count} refused`,
        }))}
        labels={timeAxis(fromMs, toMs)}
      />
    </Panel>
  );
}
