import { useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { moved, type Selection } from './selection.ts';
import type { Point } from './time-series.tsx';

interface Brushed {
  readonly points: readonly Point[];
  readonly onBrush: (fromMs: number, toMs: number) => void;
}

/**
 * The brush by keyboard: arrows, Home and End move the cursor from point to point, with Shift they mark, Enter
 * narrows to what is marked, Escape forgets it.
 */
export function useKeyboardBrush(
  plot: { readonly current: uPlot | undefined },
  latest: { readonly current: Brushed },
) {
  const [selection, setSelection] = useState<Selection>();

  function show(next: Selection | undefined): void {
    setSelection(next);
    const chart = plot.current;
    if (!chart) return;
    if (!next) {
      chart.setCursor({ left: -10, top: -10 });
      chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      return;
    }
    const at = (index: number) => chart.valToPos(chart.data[0][index] ?? 0, 'x');
    chart.setCursor({ left: at(next.index), top: chart.over.clientHeight / 2 });
    const left = Math.min(at(next.anchor), at(next.index));
    const width = Math.abs(at(next.anchor) - at(next.index));
    chart.setSelect({ left, top: 0, width, height: chart.over.clientHeight }, false);
  }

  return {
    index: selection?.index,
    onBlur: () => show(undefined),
    onKeyDown(event: KeyboardEvent): void {
      const { points, onBrush } = latest.current;
      const next = moved(selection, event.key, event.shiftKey, points.length);
      if (next) show(next);
      else if (event.key === 'Escape' && selection) show(undefined);
      else if (event.key === 'Enter' && selection && selection.anchor !== selection.index) {
        const ends = [selection.anchor, selection.index].map((index) => points[index]?.atMs ?? 0);
        show(undefined);
        onBrush(Math.round(Math.min(...ends)), Math.round(Math.max(...ends)));
      } else return;
      event.preventDefault();
    },
  };
}
