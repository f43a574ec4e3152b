import { type Episode, episodes, mostAt } from '../episodes.ts';
import { formatAge, formatCount, formatFloor, formatPlace, formatTime } from '../format.ts';
import type { AnomalyRow, TotalsRow } from '../rows.ts';
import { Severity, SeverityShape } from '../severity.tsx';
import type { PanelState } from '../use-panel.ts';
import { useView } from '../view.ts';

const SHOWN = 4;

/** Is anything wrong, where, since when and why: without a click. */
export function Verdict(props: {
  anomalies: readonly AnomalyRow[];
  /** There are more anomalies than these, which are the newest. */
  isCut: boolean;
  state: PanelState<AnomalyRow>;
  totals: TotalsRow | undefined;
}) {
  const { address, nowMs, go } = useView();
  const found = episodes(props.anomalies, address.between?.toMs ?? nowMs);
  const open = found.filter((episode) => episode.isOpen);
  if (!props.state.data) {
    return props.state.error ? (
      <section class="verdict unknown" role="alert">
        <h1>Nothing can be said now</h1>
        <p>{props.state.error}</p>
      </section>
    ) : (
      <section class="verdict unknown" aria-busy="true">
        <h1>Looking…</h1>
      </section>
    );
  }
  if (props.totals && props.totals.reading_count === 0) {
    return (
      <section class="verdict unknown">
        <h1>No readings in this range</h1>
        <p>
          Nothing was measured here and now. Choose a longer range or fewer filters, or check that
          devices publish.
        </p>
      </section>
    );
  }
  if (open.length === 0) {
    const last = found[0];
    return (
      <section class="verdict normal">
        <h1>
          <SeverityShape severity="normal" /> All is true to plumb
        </h1>
        <p>
          {last
            ? `The last anomaly ended ${formatAge(nowMs - last.lastMs)} ago: ${last.device}, ${last.newest.explanation}`
            : 'No anomaly in this range.'}
        </p>
      </section>
    );
  }
  const devices = open.length === 1 ? '1 device is' : `${formatCount(open.length)} devices are`;
  const worst = open.some((episode) => episode.severity === 'critical') ? 'critical' : 'warning';
  return (
    <section class={`verdict ${worst}`}>
      <h1>
        <SeverityShape severity={worst} />
        {props.isCut ? 'At least ' : ''}
        {devices} off true
      </h1>
      {open.length > 1 && <Summary open={open} />}
      <ul class="episodes">
        {open.slice(0, SHOWN).map((episode) => (
          <EpisodeCard
            key={episode.device}
            episode={episode}
            onOpen={() => go({ open: episode.newest.reading_id })}
          />
        ))}
      </ul>
      {open.length > SHOWN && (
        <button type="button" class="quiet" onClick={() => go({ page: 'devices' })}>
          and {formatCount(open.length - SHOWN)} more
        </button>
      )}
    </section>
  );
}

/** Where most of it is and since when, for those who read one line. */
function Summary({ open }: { open: readonly Episode[] }) {
  const { nowMs } = useView();
  const sinceMs = Math.min(...open.map((episode) => episode.sinceMs));
  const most = mostAt(open);
  const critical = open.filter((episode) => episode.severity === 'critical').length;
  return (
    <p>
      {[
        critical > 0 && `${formatCount(critical)} critical`,
        most && `most at ${formatFloor(most)} (${formatCount(most.count)})`,
        `the first since ${formatTime(sinceMs, nowMs)} (${formatAge(nowMs - sinceMs)})`,
      ]
        .filter(Boolean)
        .join('; ')}
    </p>
  );
}

function EpisodeCard({ episode, onOpen }: { episode: Episode; onOpen: () => void }) {
  const { nowMs } = useView();
  const { device, newest, severity, sinceMs, count } = episode;
  return (
    <li>
      <button type="button" class={`episode ${severity}`} onClick={onOpen}>
        <span class="head">
          <Severity severity={severity} />
          <span class="since">
            since {formatTime(sinceMs, nowMs)} ({formatAge(nowMs - sinceMs)}), {formatCount(count)}{' '}
            {count === 1 ? 'anomaly' : 'anomalies'}
          </span>
        </span>
        <strong class="device">{device}</strong>
        <span class="place">{formatPlace(newest)}</span>
        <span class="why">{newest.explanation}</span>
      </button>
    </li>
  );
}
