import type uPlot from 'uplot';
import type { SeverityName } from '../address.ts';
import type { Marker } from './time-series.tsx';

/** Fills what is usual, from `low` to `high`, behind everything else. */
export function drawBand(
  chart: uPlot,
  band: { readonly low: number; readonly high: number } | undefined,
  colour: string,
): void {
  if (!band) return;
  const { ctx, bbox } = chart;
  const top = Math.max(chart.valToPos(band.high, 'y', true), bbox.top);
  const bottom = Math.min(chart.valToPos(band.low, 'y', true), bbox.top + bbox.height);
  if (bottom <= top) return;
  ctx.save();
  ctx.fillStyle = colour;
  ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
  ctx.restore();
}

/** Draws anomalies: a triangle is a warning, a diamond is critical, as in every list. */
export function drawMarkers(
  chart: uPlot,
  markers: readonly Marker[],
  colours: Readonly<Record<SeverityName | 'outline', string>>,
): void {
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio || 1;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = ratio;
  ctx.strokeStyle = colours.outline;
  const drawn = new Set<string>();
  for (const { atMs, value, severity } of markers) {
    const x = chart.valToPos(atMs / 1000, 'x', true);
    const y = chart.valToPos(value, 'y', true);
    // Marks that would hide each other are drawn once.
    const spot = `${severity} ${Math.round(x / (6 * ratio))} ${Math.round(y / (6 * ratio))}`;
    if (drawn.has(spot)) continue;
    drawn.add(spot);
    const size = (severity === 'critical' ? 5.5 : 4.5) * ratio;
    ctx.beginPath();
    ctx.moveTo(x, y - size);
    ctx.lineTo(x + size, severity === 'critical' ? y : y + size * 0.8);
    if (severity === 'critical') ctx.lineTo(x, y + size);
    ctx.lineTo(x - size, severity === 'critical' ? y : y + size * 0.8);
    ctx.closePath();
    ctx.fillStyle = colours[severity];
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}
