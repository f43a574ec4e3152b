import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { SeverityName } from '../address.ts';
import { useView } from '../view.ts';
import { useKeyboardBrush } from './keyboard-brush.ts';
import { drawBand, drawMarkers } from './overlays.ts';

export interface Point {
  readonly atMs: number;
  readonly mean: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

export interface Marker {
  readonly atMs: number;
  readonly value: number;
  readonly severity: SeverityName;
}

interface TimeSeriesProps {
  /** Said to those who do not see the chart. */
  readonly summary: string;
  readonly unit: string;
  readonly decimals: number;
  /** In time order. */
  readonly points: readonly Point[];
  readonly markers: readonly Marker[];
  /** What is usual, drawn behind the line. */
  readonly band?: { readonly low: number; readonly high: number };
  readonly fromMs: number;
  readonly toMs: number;
  /** CSS variable of the line, e.g. `--series-1`. */
  readonly colour: string;
  readonly height?: number;
  readonly onBrush: (fromMs: number, toMs: number) => void;
}

/** A metric over time: mean as a line, smallest to largest as a band, anomalies as marks. */
export function TimeSeries(props: TimeSeriesProps) {
  const { theme } = useView();
  const host = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLOutputElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const chart = new uPlot(optionsOf(element, latest, readout), dataOf(props.points), element);
    plot.current = chart;
    const observer = new ResizeObserver(() => {
      chart.setSize({ width: element.clientWidth, height: props.height ?? HEIGHT });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [theme, props.colour, props.height]);

  useEffect(() => {
    plot.current?.setData(dataOf(props.points), true);
  }, [props.points, props.markers, props.band?.low, props.band?.high, props.fromMs, props.toMs]);

  const brush = useKeyboardBrush(plot, latest);
  const { index } = brush;
  return (
    <div class="chart">
      <div
        ref={host}
        role="slider"
        tabIndex={0}
        aria-label={`${props.summary}. Arrows move, with Shift they mark, Enter narrows the page to what is marked`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, props.points.length - 1)}
        aria-valuenow={index ?? 0}
        aria-valuetext={
          index === undefined ? 'no point chosen' : describe(props, index) || 'no value'
        }
        onKeyDown={brush.onKeyDown}
        onBlur={brush.onBlur}
      />
      <output ref={readout} class="readout" aria-hidden="true" />
    </div>
  );
}

const HEIGHT = 170;

function dataOf(points: readonly Point[]): uPlot.AlignedData {
  return [
    points.map((point) => point.atMs / 1000),
    points.map((point) => point.max),
    points.map((point) => point.min),
    points.map((point) => point.mean),
  ];
}

function optionsOf(
  element: HTMLElement,
  latest: { readonly current: TimeSeriesProps },
  readout: { readonly current: HTMLOutputElement | null },
): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const line = colour(latest.current.colour);
  const axis = {
    stroke: colour('--text-quiet'),
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { show: false },
    font: `11px ${style.fontFamily || 'sans-serif'}`,
  };
  return {
    width: element.clientWidth,
    height: latest.current.height ?? HEIGHT,
    legend: { show: false },
    cursor: {
      sync: { key: 'time' },
      drag: { x: true, y: false, setScale: false },
      points: { show: false },
    },
    scales: {
      x: { time: true, range: () => [latest.current.fromMs / 1000, latest.current.toMs / 1000] },
      y: { range: () => valueRange(latest.current) },
    },
    axes: [
      { ...axis, space: 64, size: 24, gap: 4, values: (_, splits) => timeLabels(splits) },
      { ...axis, size: 46, space: 34, gap: 4 },
    ],
    series: [
      {},
      { stroke: 'transparent', points: { show: false } },
      { stroke: 'transparent', points: { show: false } },
      { stroke: line, width: 1.75, points: { show: false } },
    ],
    bands: [{ series: [1, 2], fill: `color-mix(in srgb, ${line} 22%, transparent)` }],
    hooks: {
      drawAxes: [(chart) => drawBand(chart, latest.current.band, colour('--usual'))],
      draw: [
        (chart) =>
          drawMarkers(chart, latest.current.markers, {
            normal: colour('--normal-fill'),
            warning: colour('--warning-fill'),
            critical: colour('--critical-fill'),
            outline: colour('--surface'),
          }),
      ],
      setSelect: [
        (chart) => {
          const { left, width } = chart.select;
          const isOurs = chart.cursor.event !== null && chart.cursor.event !== undefined;
          if (width < 6) return;
          const from = chart.posToVal(left, 'x') * 1000;
          const to = chart.posToVal(left + width, 'x') * 1000;
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          if (isOurs) latest.current.onBrush(Math.round(from), Math.round(to));
        },
      ],
      setCursor: [
        (chart) => {
          if (!readout.current) return;
          const { idx } = chart.cursor;
          readout.current.textContent =
            typeof idx === 'number' ? describe(latest.current, idx) : '';
        },
      ],
    },
  };
}

/** `10:40`, and the day at midnight or where a step is a day or more. */
function timeLabels(splits: readonly number[]): string[] {
  const step = (splits[1] ?? 0) - (splits[0] ?? 0);
  const hasSeconds = step > 0 && step < 60;
  return splits.map((seconds) => {
    const date = new Date(seconds * 1000);
    const isMidnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
    if (step >= 86_400 || isMidnight) {
      return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
    }
    return date.toLocaleTimeString('en-GB', {
      hour: '2-digit',
      minute: '2-digit',
      ...(hasSeconds && { second: '2-digit' }),
    });
  });
}

/** From the lowest to the highest of all that is drawn, with some air. */
function valueRange({ points, markers, band }: TimeSeriesProps): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  const include = (value: number | null | undefined) => {
    if (value === null || value === undefined) return;
    low = Math.min(low, value);
    high = Math.max(high, value);
  };
  for (const point of points) {
    include(point.min);
    include(point.max);
  }
  for (const marker of markers) include(marker.value);
  include(band?.low);
  include(band?.high);
  if (low > high) return [0, 1];
  const air = Math.max((high - low) * 0.08, Math.abs(high) * 0.005, 0.01);
  return [low - air, high + air];
}

function describe({ points, unit, decimals }: TimeSeriesProps, index: number): string {
  const point = points[index];
  if (!point || point.mean === null) return '';
  const number = (value: number | null) => (value === null ? '–' : value.toFixed(decimals));
  const time = new Date(point.atMs).toLocaleTimeString('en-GB');
  return `${time}  ${number(point.mean)} ${unit}  (${number(point.min)} to ${number(point.max)})`;
}
