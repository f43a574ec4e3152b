import { CopyCommand } from '../copy-command.tsx';
import { DataTable, numberColumn } from '../data-table.tsx';
import { formatAge, formatCount, formatLarge } from '../format.ts';
import type { UsageRow } from '../rows.ts';
import { useSettings } from '../settings.ts';
import { useAnswer } from '../use-answer.ts';
import { usePanel } from '../use-panel.ts';
import { NO_FILTERS } from '../view.ts';

interface SubscriptionBacklog {
  readonly subscription: string;
  readonly waiting_count: number | null;
  readonly oldest_age_s: number | null;
}

/** Messages that Pub/Sub still has, as Cloud Monitoring counts them. */
export function Backlog() {
  const { body, error } = useAnswer<{
    readonly subscriptions: readonly SubscriptionBacklog[] | null;
  }>('/api/backlog');
  return (
    <section class="panel third" aria-label="Backlog of Pub/Sub" data-panel="backlog">
      <header>
        <div>
          <h2>Backlog of Pub/Sub</h2>
          <p class="note">messages that no function acknowledged yet, about 4 minutes ago</p>
        </div>
      </header>
      {error !== undefined ? (
        <p class="failed">{error}</p>
      ) : body === undefined ? (
        <div class="skeleton" aria-hidden="true" />
      ) : body.subscriptions === null ? (
        <p class="empty">
          The embedded broker of this machine counts nothing. What it holds back shows as lag and as
          readings that wait for a prediction.
        </p>
      ) : body.subscriptions.length === 0 ? (
        <p class="empty">Cloud Monitoring has no point of the last 10 minutes.</p>
      ) : (
        <DataTable
          label="Backlog of Pub/Sub"
          rows={body.subscriptions}
          keyOf={(row) => row.subscription}
          columns={[
            { name: 'subscription', label: 'Subscription', value: (row) => row.subscription },
            numberColumn(
              'waiting_count',
              'Messages',
              (row: SubscriptionBacklog) => row.waiting_count,
              formatCount,
            ),
            numberColumn(
              'oldest_age_s',
              'Oldest',
              (row: SubscriptionBacklog) => row.oldest_age_s,
              (seconds) => formatAge(1000 * seconds),
            ),
          ]}
        />
      )}
    </section>
  );
}

const MONTH_SECONDS = 730 * 3_600;

/** What this month has cost so far by list prices, and how to ask for more. */
export function Cost({ perSecond }: { perSecond: number }) {
  const { usd_per_million_readings: usd, is_emulated: isEmulated } = useSettings();
  const state = usePanel<UsageRow>('usage', {
    change: { ...NO_FILTERS, range: '15m', between: undefined },
  });
  const row = state.data?.rows[0];
  return (
    <section class="panel" aria-label="Cost so far" data-panel="cost">
      <header>
        <div>
          <h2>Cost so far</h2>
          <p class="note">
            since the month began, UTC;{' '}
            {isEmulated
              ? 'what Google Cloud would ask by list prices: on this machine it costs nothing'
              : 'an estimate from list prices, not a bill'}
          </p>
        </div>
      </header>
      {row ? (
        <dl class="sum">
          <dt>Readings stored, copies too</dt>
          <dd>{formatLarge(row.row_count)}</dd>
          {usd !== null && (
            <>
              <dt>At {dollars(usd)} a million readings</dt>
              <dd>
                <b>{dollars((row.row_count / 1e6) * usd)}</b>
              </dd>
              <dt>A whole month at the present rate</dt>
              <dd>{dollars((perSecond * MONTH_SECONDS * usd) / 1e6)}</dd>
            </>
          )}
        </dl>
      ) : state.error ? (
        <p class="failed">{state.error}</p>
      ) : (
        <div class="skeleton" aria-hidden="true" />
      )}
      <h3>Which part costs what at the present rate</h3>
      <CopyCommand command={`npm run cost -- --rate ${Number(perSecond.toPrecision(2)) || 1}`} />
    </section>
  );
}

/** `US$ 1,551.52` */
function dollars(usd: number): string {
  const text = usd.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return `US$\u00a0${text}`;
}
