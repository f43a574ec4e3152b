import type { VNode } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import {
  type Address,
  formatAddress,
  PAGES,
  type PageName,
  parseAddress,
  REFRESHES,
} from './address.ts';
import { Drawer } from './drawer.tsx';
import { FilterBar } from './filter-bar.tsx';
import { Freshness } from './freshness.tsx';
import { type LiveState, listen, QUIET } from './live.ts';
import { Analytics } from './pages/analytics.tsx';
import { Anomalies } from './pages/anomalies.tsx';
import { Devices } from './pages/devices.tsx';
import { Federated } from './pages/federated.tsx';
import { Health } from './pages/health.tsx';
import { Models } from './pages/models.tsx';
import { Overview } from './pages/overview.tsx';
import { Predict } from './pages/predict.tsx';
import { Windows } from './pages/windows.tsx';
import type { FreshnessRow } from './rows.ts';
import { chooseTheme, currentTheme } from './theme.ts';
import { usePanel } from './use-panel.ts';
import { type Change, NO_FILTERS, useView, type View, ViewContext } from './view.ts';

export function App() {
  const [address, go] = useAddress();
  const Shown = VIEWS[address.page];
  const [theme, setTheme] = useState(currentTheme);
  const [live, setLive] = useState<LiveState>(QUIET);
  const [fetchCount, setFetchCount] = useState(0);
  const [nowMs, setNowMs] = useState(Date.now);
  const refetch = () => setFetchCount((count) => count + 1);
  const isLive = address.refresh === 'live';

  useEffect(() => {
    if (!isLive) return;
    const listener = listen(setLive);
    return () => {
      listener.stop();
      setLive(QUIET);
    };
  }, [isLive]);

  const everyMs = REFRESHES[address.refresh].everyMs;
  useEffect(() => {
    if (everyMs === 0) return;
    const timer = setInterval(() => {
      if (!document.hidden) setFetchCount((count) => count + 1);
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);

  useEffect(() => {
    if (address.refresh === 'off') return;
    const timer = setInterval(() => setNowMs(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [address.refresh]);

  const { resetCount } = live;
  useEffect(() => {
    if (resetCount > 0) setFetchCount((count) => count + 1);
  }, [resetCount]);

  const view = useMemo<View>(
    () => ({ address, go, nowMs, live, fetchCount, theme }),
    [address, go, nowMs, live, fetchCount, theme],
  );
  return (
    <ViewContext.Provider value={view}>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="top">
        <a class="brand" href="/">
          <img src="/plumbline.svg" alt="Plumbline" width="26" height="26" />
          <span aria-hidden="true">Plumbline</span>
        </a>
        <Pages />
        <State />
        <button
          type="button"
          class="quiet theme"
          onClick={() => {
            const other = theme === 'dark' ? 'light' : 'dark';
            chooseTheme(other);
            setTheme(other);
          }}
        >
          {theme === 'dark' ? 'Light' : 'Dark'}
        </button>
      </header>
      {address.page !== 'predict' && <FilterBar onRefresh={refetch} />}
      <main id="main" tabIndex={-1}>
        <Shown />
      </main>
      {address.open !== undefined && <Drawer key={address.open} reading={address.open} />}
    </ViewContext.Provider>
  );
}

function Pages() {
  const { address, go } = useView();
  const nav = useRef<HTMLElement>(null);
  const { page: current } = address;
  useEffect(() => {
    // On a phone the row of pages is longer than the screen.
    const link = nav.current?.querySelector<HTMLElement>(`[data-page="${current}"]`);
    const before = link?.previousElementSibling ?? link;
    // Not scrollIntoView: it also moves where the Tab key begins. The page before it is seen whole.
    if (before instanceof HTMLElement && nav.current) {
      nav.current.scrollLeft = before.offsetLeft - nav.current.offsetLeft;
    }
  }, [current]);
  return (
    <nav ref={nav} aria-label="Pages">
      {(Object.keys(PAGES) as PageName[]).map((page) => (
        <a
          key={page}
          href={`/${formatAddress({ ...address, page })}`}
          data-page={page}
          aria-current={address.page === page ? 'page' : undefined}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            go({ page, open: undefined });
          }}
        >
          {PAGES[page]}
        </a>
      ))}
    </nav>
  );
}

const VIEWS: Readonly<Record<PageName, () => VNode>> = {
  overview: Overview,
  windows: Windows,
  anomalies: Anomalies,
  analytics: Analytics,
  predict: Predict,
  models: Models,
  federated: Federated,
  devices: Devices,
  health: Health,
};

/** Connection, age of the newest reading, and the model that scores. */
function State() {
  const { live } = useView();
  const freshness = usePanel<FreshnessRow>('freshness', { change: NOW });
  const row = freshness.data?.rows[0];
  const received = [row?.received_at, live.readings[0]?.received_at].filter((at) => at != null);
  return (
    <div class="state">
      <Freshness lastReceivedAtMs={received.length > 0 ? Math.max(...received) : null} />
      <p class="model">
        {!row
          ? 'Model unknown'
          : row.model_version
            ? `Model ${row.model_version}`
            : row.is_scored
              ? 'No model yet: rules alone decide'
              : 'Nothing scored for an hour'}
      </p>
    </div>
  );
}

/** Whatever the page shows, freshness is about the whole fleet and now. */
const NOW: Change = { ...NO_FILTERS, range: '1h', between: undefined };

/** The address of the page, kept in the URL and following back and forward. */
function useAddress(): [Address, (change: Change) => void] {
  const [address, setAddress] = useState(() => parseAddress(location.search));
  useEffect(() => {
    const follow = () => setAddress(parseAddress(location.search));
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);
  const go = useMemo(
    () => (change: Change) => {
      const merged = { ...parseAddress(location.search), ...change };
      const next = parseAddress(formatAddress(merged as Address));
      const url = `/${formatAddress(next)}`;
      if (url !== location.pathname + location.search) history.pushState(null, '', url);
      setAddress(next);
    },
    [],
  );
  return [address, go];
}
