import { type Episode, episodes, mostAt, PAUSE_MS } from '../episodes.ts';
import {
  formatAge,
  formatCount,
  formatFloor,
  formatPlace,
  formatTime,
  keepUnits,
} from '../format.ts';
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
  const endMs = address.between?.toMs ?? nowMs;
  const found = episodes(props.anomalies, endMs);
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
  if (open.length === 0) return <NothingOpen last={found[0]} totals={props.totals} />;
  const devices = open.length === 1 ? '1 device is' : `${formatCount(open.length)} devices are`;
  // Whatever is open had an anomaly lately: only if all that is known is as young may there be more of them.
  const mayMissOpen =
    props.isCut && props.anomalies.every((row) => endMs - row.measured_at < PAUSE_MS);
  const worst = open.some((episode) => episode.severity === 'critical') ? 'critical' : 'warning';
  return (
    <section class={`verdict ${worst}`}>
      <h1>
        <SeverityShape severity={worst} />
        {mayMissOpen ? 'At least ' : ''}
        {devices} off true
      </h1>
      <Summary open={open} silentCount={props.totals?.silent_count ?? 0} />
      <ul class="episodes">
        {open.slice(0, SHOWN).map((episode) => (
          <EpisodeCard
            key={episode.device}
            episode={episode}
            onOpen={() => go({ open: episode.peak.reading_id })}
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

/** No episode is open. That is good only if somebody is heard. */
function NothingOpen(props: { last: Episode | undefined; totals: TotalsRow | undefined }) {
  const { last, totals } = props;
  const { address, nowMs, go } = useView();
  const endMs = address.between?.toMs ?? nowMs;
  const silent = totals?.silent_count ?? 0;
  const isHeard = totals === undefined || totals.active_count > 0;
  const lastReadingMs = totals?.last_measured_at ?? null;
  return (
    <section class={`verdict ${!isHeard ? 'unknown' : silent > 0 ? 'warning' : 'normal'}`}>
      <h1>
        {isHeard && <SeverityShape severity={silent > 0 ? 'warning' : 'normal'} />}
        {!isHeard
          ? 'No device is heard'
          : silent > 0
            ? `${silenceOf(silent)}; what is heard is true to plumb`
            : 'All is true to plumb'}
      </h1>
      <p>
        {!isHeard &&
          lastReadingMs !== null &&
          `The last reading is ${formatAge(endMs - lastReadingMs)} old. `}
        {last
          ? `The last anomaly ended ${formatAge(endMs - last.lastMs)} ago: ${last.device}, ${keepUnits(last.peak.explanation)}`
          : 'No anomaly in this range.'}
      </p>
      {silent > 0 && (
        <button type="button" class="quiet" onClick={() => go({ page: 'devices' })}>
          Show the devices
        </button>
      )}
    </section>
  );
}

/** Where most of it is and since when, for those who read one line. */
function Summary({ open, silentCount }: { open: readonly Episode[]; silentCount: number }) {
  const { address, nowMs } = useView();
  const sinceMs = Math.min(...open.map((episode) => episode.sinceMs));
  const most = mostAt(open);
  const critical = open.filter((episode) => episode.severity === 'critical').length;
  const facts = [
    critical > 0 && critical < open.length && `${formatCount(critical)} critical`,
    most && `most at ${formatFloor(most)} (${formatCount(most.count)})`,
    open.length > 1 &&
      `the first since ${formatTime(sinceMs, nowMs)} (${formatAge((address.between?.toMs ?? nowMs) - sinceMs)})`,
    silentCount > 0 && silenceOf(silentCount),
  ].filter(Boolean);
  return facts.length > 0 ? <p>{facts.join('; ')}</p> : null;
}

/** `3 devices are silent`. */
function silenceOf(count: number): string {
  return count === 1 ? '1 device is silent' : `${formatCount(count)} devices are silent`;
}

function EpisodeCard({ episode, onOpen }: { episode: Episode; onOpen: () => void }) {
  const { address, nowMs } = useView();
  const { device, peak, severity, sinceMs, count } = episode;
  return (
    <li>
      <button type="button" class={`episode ${severity}`} onClick={onOpen}>
        <span class="head">
          <Severity severity={severity} />
          <span class="since">
            since {formatTime(sinceMs, nowMs)} (
            {formatAge((address.between?.toMs ?? nowMs) - sinceMs)}), {formatCount(count)}{' '}
            {count === 1 ? 'anomaly' : 'anomalies'}
          </span>
        </span>
        <strong class="device">{device}</strong>
        <span class="place">{formatPlace(peak)}</span>
        <span class="why">{keepUnits(peak.explanation)}</span>
      </button>
    </li>
  );
}
