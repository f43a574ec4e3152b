import { Bars } from '../charts/bars.tsx';
import { title } from '../format.ts';
import { driftOf, type FeatureDrift } from '../serving.ts';

const SHOWN = 12;

/** Drift of live readings against those that the current version learned from, the greatest first. */
export function Drift({ drift }: { drift: readonly FeatureDrift[] }) {
  const greatest = drift.toSorted((a, b) => b.index - a.index).slice(0, SHOWN);
  return (
    <section class="panel" aria-label="Drift since training" data-panel="drift">
      <header>
        <div>
          <h2>Drift since training</h2>
          <p class="note">
            population stability index of about the last 10,000 readings; below 0.1 none, above 0.25
            much
          </p>
        </div>
      </header>
      {greatest.length === 0 ? (
        <p class="empty">Not known yet: the ML server wants 200 readings of a metric first.</p>
      ) : (
        <Bars
          bars={greatest.map(({ metric, feature, index }) => ({
            label: `${title(metric)}: ${FEATURES[feature] ?? feature}`,
            value: index,
            text: `${index.toFixed(2)} ${driftOf(index)}`,
            colour: COLOURS[driftOf(index)],
          }))}
        />
      )}
      {drift.length > SHOWN && (
        <p class="note">
          the greatest {SHOWN} of {drift.length}
        </p>
      )}
    </section>
  );
}

const COLOURS = {
  none: '--normal-fill',
  some: '--warning-fill',
  much: '--critical-fill',
} as const;

const FEATURES: Readonly<Record<string, string>> = {
  value: 'value',
  ratePerMinute: 'change a minute',
  mean: 'recent mean',
  deviation: 'recent deviation',
  range: 'recent range',
  score: 'score',
};
