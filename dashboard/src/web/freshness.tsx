import { formatAge } from './format.ts';
import { useView } from './view.ts';

/** Says whether what is seen is live, and how old it is. */
export function Freshness({ lastReceivedAtMs }: { lastReceivedAtMs: number | null }) {
  const { live, nowMs, address } = useView();
  const connection = address.refresh === 'live' ? live.connection : 'paused';
  const words = {
    connecting: 'Connecting',
    live: 'Live',
    retrying: 'Reconnecting',
    paused: address.refresh === 'off' ? 'Frozen' : 'Polling',
  };
  const state = live.trouble !== null && connection === 'live' ? 'retrying' : connection;
  return (
    <p class={`freshness ${state}`} role="status">
      <span class="dot" aria-hidden="true" />
      <strong>
        {live.trouble !== null && connection === 'live' ? 'No data' : words[connection]}
      </strong>
      <span class="age">
        {lastReceivedAtMs === null
          ? 'no reading for an hour'
          : `last reading ${formatAge(nowMs - lastReceivedAtMs)} ago`}
      </span>
    </p>
  );
}
