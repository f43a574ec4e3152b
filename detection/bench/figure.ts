/** One measured number next to what it is compared with. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What it is compared with; '' when it stands alone. */
  readonly peer: string;
  readonly goal: string;
  /** Null: could not be decided here, see `reason`. */
  readonly met: boolean | null;
  readonly reason?: string;
}

/** A figure with nothing to reach: the trivial rows that give the others their meaning. */
export function reference(what: string, value: number, unit: string): Figure {
  return { what, value, unit, peer: '', goal: '', met: null, reason: 'for comparison' };
}

/** A figure that could not be measured. */
export function absent(
  what: string,
  unit: string,
  peer: string,
  goal: string,
  reason: string,
): Figure {
  return { what, value: Number.NaN, unit, peer, goal, met: null, reason };
}

export function printFigures(figures: readonly Figure[], asJson: boolean, bench: string): void {
  if (asJson) {
    console.log(JSON.stringify({ bench, figures }));
    return;
  }
  for (const { what, value, unit, peer, goal, met, reason } of figures) {
    const mark = met === null ? ' ' : met ? '✓' : '✗';
    const number = Number.isNaN(value) ? '–' : String(Number(value.toPrecision(4)));
    const notes = [peer && `vs ${peer}`, goal && `goal ${goal}`, reason].filter(Boolean).join('; ');
    console.log(`${mark} ${what}: ${number} ${unit}${notes ? `  (${notes})` : ''}`);
  }
}
