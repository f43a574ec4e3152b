/** Points of a chart that are marked, from `anchor` to `index`, where the cursor is. */
export interface Selection {
  readonly anchor: number;
  readonly index: number;
}

/** A key that is held crosses a chart in a moment; Page Up and Page Down in ten presses. */
const PAGES = 10;

/**
 * The selection after a key, or undefined if the key does not move. The first key begins at the newest point.
 *
 * - isMarking: Shift is held, so the anchor stays
 * - count: points of the chart; with none nothing moves
 */
export function moved(
  selection: Selection | undefined,
  key: string,
  isMarking: boolean,
  count: number,
): Selection | undefined {
  if (count === 0) return undefined;
  const last = count - 1;
  const from = Math.min(selection?.index ?? last, last);
  const page = Math.max(1, Math.round(count / PAGES));
  const target = {
    ArrowLeft: from - 1,
    ArrowRight: from + 1,
    PageUp: from - page,
    PageDown: from + page,
    Home: 0,
    End: last,
  }[key];
  if (target === undefined) return undefined;
  const index = Math.max(0, Math.min(last, target));
  return { anchor: isMarking ? Math.min(selection?.anchor ?? from, last) : index, index };
}
