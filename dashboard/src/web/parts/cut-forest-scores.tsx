import { TimeSeries } from '../charts/time-series.tsx';
import { Panel } from '../panel.tsx';
import type { StepRow } from '../rows.ts';
import { usePanel } from '../use-panel.ts';
import { useView } from '../view.ts';
import { pointsOf } from './metric-panel.tsx';

const HEIGHT = 120;

/** How strange each reading of a device was among those before; nothing for devices without such scores. */
export function CutForestScores({ device }: { device: string }) {
  const { address, nowMs, go } = useView();
  const state = usePanel<StepRow>('cut-forest-scores');
  const { data } = state;
  if (data === undefined || data.rows.length === 0) return null;
  const toMs = address.between?.toMs ?? Math.max(nowMs, data.toMs);
  const fromMs = address.between?.fromMs ?? toMs - (data.toMs - data.fromMs);
  const highest = Math.max(...data.rows.map(({ max }) => max));
  return (
    <Panel
      title="Random cut forest"
      note="How far a reading stands apart from the 128 before it, mean and range; it raises no alert by itself"
      name="cut-forest-scores"
      size="wide"
      state={state}
      empty="No scores in this range."
    >
      <TimeSeries
        summary={`Random cut forest of ${device}: highest score ${highest.toFixed(1)}`}
        unit=""
        decimals={1}
        points={pointsOf(data.rows)}
        markers={[]}
        fromMs={fromMs}
        toMs={toMs}
        colour="--series-1"
        height={HEIGHT}
        onBrush={(from, to) => go({ between: { fromMs: from, toMs: to } })}
      />
    </Panel>
  );
}
