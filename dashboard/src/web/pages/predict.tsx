import type { DetectResponse } from '@plumbline/contracts/detect';
import { METRIC_NAMES, type MetricName } from '@plumbline/contracts/metrics';
import { useEffect, useState } from 'preact/hooks';
import { Bars } from '../charts/bars.tsx';
import { Gauge } from '../charts/gauge.tsx';
import { CopyCommand } from '../copy-command.tsx';
import { formatBand, formatShare, keepUnits, title, unitOf, words } from '../format.ts';
import { PRESETS, type Prediction, predict, SLIDERS, stepOf, type Values } from '../predict.ts';
import { curlOf, useSettings } from '../settings.ts';
import { Severity } from '../severity.tsx';

const SETTLE_MS = 200;
const DEVICE = 'what-if';

/** Set a reading by hand and see what the ML server says of it. */
export function Predict() {
  const [values, setValues] = useState<Values>(PRESETS.Normal ?? {});
  const { prediction, error } = usePrediction(values);
  const { ml_server_url: url } = useSettings();
  return (
    <div class="grid">
      <section class="panel" aria-label="A reading">
        <header>
          <div>
            <h2>A reading</h2>
            <p class="note">
              of a device named {DEVICE}; each answer adds to what the ML server remembers of it
            </p>
          </div>
        </header>
        <div class="presets">
          {Object.entries(PRESETS).map(([name, preset]) => (
            <button
              key={name}
              type="button"
              class="chip"
              aria-pressed={preset === values}
              onClick={() => setValues(preset)}
            >
              {name}
            </button>
          ))}
        </div>
        {METRIC_NAMES.map((metric) => (
          <Slider
            key={metric}
            metric={metric}
            value={values[metric]}
            onChange={(value) => {
              const { [metric]: _, ...others } = values;
              setValues(value === undefined ? others : { ...others, [metric]: value });
            }}
          />
        ))}
      </section>
      <section class="panel" aria-label="The answer" aria-live="polite">
        <header>
          <div>
            <h2>The answer</h2>
            <p class="note">
              {prediction
                ? `from ${prediction.answer.model_version ? `model ${prediction.answer.model_version}` : 'rules alone: no model yet'}, in ${prediction.tookMs.toFixed(0)} ms`
                : 'of POST /detect'}
            </p>
          </div>
        </header>
        {error ? (
          <p class="failed">{error}</p>
        ) : prediction ? (
          <Answer answer={prediction.answer} />
        ) : (
          <div class="skeleton" />
        )}
        <h3>The same by hand</h3>
        <CopyCommand command={curlOf(url, { device_id: DEVICE, ...values })} />
      </section>
    </div>
  );
}

function Answer({ answer }: { answer: DetectResponse }) {
  return (
    <>
      <p class="answer">
        <Severity severity={answer.severity} /> <span>{keepUnits(answer.explanation)}</span>
      </p>
      <Gauge score={answer.score} threshold={answer.threshold} severity={answer.severity} />
      {answer.anomaly_types.length > 0 && (
        <p class="note">{answer.anomaly_types.map(title).join(', ')}</p>
      )}
      <h3>Each detector</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">Detector</th>
            <th scope="col" class="number">
              Score
            </th>
            <th scope="col" class="number">
              Threshold
            </th>
            <th scope="col">Says</th>
          </tr>
        </thead>
        <tbody>
          {answer.detectors.map((one) => (
            <tr key={one.detector}>
              <td>{words(one.detector)}</td>
              <td class="number">{one.score.toFixed(3)}</td>
              <td class="number">{one.threshold.toFixed(3)}</td>
              <td>{saysOf(one)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {answer.detectors.some((one) => saysOf(one) === LEFT_ALONE) && (
        <p class="note">
          {LEFT_ALONE}: of a device with a past of its own, what is usual for it decides; a detector
          that knows the fleet only then speaks up far beyond its threshold.
        </p>
      )}
      <h3>Each metric</h3>
      <Bars
        bars={answer.metrics.map((one) => ({
          label: title(one.metric),
          value: one.share,
          text: `${formatShare(one.share)}${
            one.low !== null && one.high !== null
              ? `, expected ${formatBand(one.metric, one.low, one.high)}`
              : ''
          }`,
          colour: one.is_anomaly ? '--critical-fill' : '--series-1',
        }))}
      />
    </>
  );
}

const LEFT_ALONE = 'high, but not decisive';

/** The ML server may leave aside a detector that is over its threshold: its `is_anomaly` counts. */
function saysOf({ is_anomaly, score, threshold }: DetectResponse['detectors'][number]): string {
  if (is_anomaly) return 'anomaly';
  return score >= threshold ? LEFT_ALONE : 'normal';
}

interface SliderProps {
  readonly metric: MetricName;
  readonly value: number | undefined;
  readonly onChange: (value: number | undefined) => void;
}

function Slider({ metric, value, onChange }: SliderProps) {
  const { min, max, start } = SLIDERS[metric];
  const isOn = value !== undefined;
  const read = (text: string) => {
    const number = Number(text);
    if (text !== '' && Number.isFinite(number)) onChange(number);
  };
  return (
    <div class={isOn ? 'slider' : 'slider off'}>
      <label>
        <input type="checkbox" checked={isOn} onChange={() => onChange(isOn ? undefined : start)} />
        {title(metric)}
      </label>
      <input
        type="range"
        aria-label={`${title(metric)} in ${unitOf(metric)}`}
        min={min}
        max={max}
        step={stepOf(metric)}
        value={value ?? start}
        disabled={!isOn}
        onInput={(event) => read(event.currentTarget.value)}
      />
      <span class="amount">
        <input
          type="number"
          aria-label={`${title(metric)}, ${unitOf(metric)}`}
          step={stepOf(metric)}
          value={isOn ? Number(value.toFixed(3)) : ''}
          disabled={!isOn}
          onInput={(event) => read(event.currentTarget.value)}
        />
        <span>{unitOf(metric)}</span>
      </span>
    </div>
  );
}

/** The newest answer to what is set; asks when the hand has rested a moment. */
function usePrediction(values: Values): { prediction?: Prediction; error?: string } {
  const [state, setState] = useState<{ prediction?: Prediction; error?: string }>({});
  useEffect(() => {
    if (Object.keys(values).length === 0) {
      setState({ error: 'Switch on at least one metric.' });
      return;
    }
    const controller = new AbortController();
    const timer = setTimeout(() => {
      predict(DEVICE, values, controller.signal).then(
        (prediction) => setState({ prediction }),
        (error: Error) => {
          if (!controller.signal.aborted) setState({ error: error.message });
        },
      );
    }, SETTLE_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [values]);
  return state;
}
