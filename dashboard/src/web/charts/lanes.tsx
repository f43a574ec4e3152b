import type { SeverityName } from '../address.ts';
import { SeverityShape } from '../severity.tsx';

export interface Lane {
  readonly name: string;
  readonly cells: readonly LaneCell[];
}

export interface LaneCell {
  /** Where it is in the range, 0 to 1. */
  readonly at: number;
  readonly width: number;
  /** 0 to 1: how far above the threshold, for the strength of the colour. */
  readonly strength: number;
  readonly severity: SeverityName;
  readonly title: string;
  readonly onOpen: () => void;
}

/** One lane a device, time from left to right; each cell opens what was found there. */
export function Lanes({ lanes }: { lanes: readonly Lane[] }) {
  return (
    <ul class="lanes">
      {lanes.map(({ name, cells }) => (
        <li key={name}>
          <span class="device" title={name}>
            {name}
          </span>
          <div class="lane">
            {cells.map(({ at, width, strength, severity, title, onOpen }) => (
              <button
                key={at}
                type="button"
                class={severity}
                style={{
                  // At the right edge it keeps its least width.
                  left: `min(${at * 100}%, 100% - 4px)`,
                  width: `${width * 100}%`,
                  opacity: 0.55 + 0.45 * strength,
                }}
                title={title}
                aria-label={`${name}: ${title}`}
                onClick={onOpen}
              >
                <SeverityShape severity={severity} />
              </button>
            ))}
          </div>
        </li>
      ))}
    </ul>
  );
}
