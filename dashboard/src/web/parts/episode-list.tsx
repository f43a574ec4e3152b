import { type Episode, episodes } from '../episodes.ts';
import { formatAge, formatCount, formatPlace, formatTime, keepUnits } from '../format.ts';
import { Panel } from '../panel.tsx';
import type { AnomalyRow } from '../rows.ts';
import { Severity } from '../severity.tsx';
import type { PanelState } from '../use-panel.ts';
import { useView } from '../view.ts';

interface EpisodeListProps {
  readonly state: PanelState<AnomalyRow>;
  readonly anomalies: readonly AnomalyRow[];
  /** Episodes at most. */
  readonly limit: number;
  readonly size?: 'wide' | 'two-thirds';
}

/** What was off true, one line for each time: open ones first. Each opens its strongest anomaly in the drawer. */
export function EpisodeList({ state, anomalies, limit, size = 'two-thirds' }: EpisodeListProps) {
  const { address, nowMs } = useView();
  const found = episodes(anomalies, address.between?.toMs ?? nowMs);
  const openCount = found.filter((episode) => episode.isOpen).length;
  return (
    <Panel
      title="Episodes"
      note={
        found.length === 0
          ? 'anomalies of one device without a pause of 5 minutes'
          : `${openCount === 0 ? 'none' : formatCount(openCount)} open, ${formatCount(found.length - openCount)} over${found.length > limit ? `; the first ${limit}` : ''}`
      }
      name="episodes"
      state={state}
      rows={anomalies}
      size={size}
      empty="No anomaly in this range."
    >
      <ul class="episode-list">
        {found.slice(0, limit).map((episode) => (
          <EpisodeRow key={`${episode.device} ${episode.sinceMs}`} episode={episode} />
        ))}
      </ul>
    </Panel>
  );
}

function EpisodeRow({ episode }: { episode: Episode }) {
  const { nowMs, go } = useView();
  const { device, peak, severity, sinceMs, lastMs, count, isOpen } = episode;
  return (
    <li>
      <button type="button" class="episode-row" onClick={() => go({ open: peak.reading_id })}>
        <Severity severity={severity} />
        <span class="when">
          <b>{isOpen ? 'open' : 'over'}</b>{' '}
          {isOpen
            ? `since ${formatTime(sinceMs, nowMs)}`
            : `${formatTime(sinceMs, nowMs)}, ${lastMs > sinceMs ? `for ${formatAge(lastMs - sinceMs)}` : 'once'}`}
          <span class="note">
            {formatCount(count)} {count === 1 ? 'anomaly' : 'anomalies'}
          </span>
        </span>
        <span class="where">
          <strong class="device">{device}</strong>
          <span class="note">{formatPlace(peak)}</span>
        </span>
        <span class="why">{keepUnits(peak.explanation)}</span>
      </button>
    </li>
  );
}
