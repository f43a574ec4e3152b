/** Time that moves only when everything at one moment has been done. */
export interface Clock {
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Runs something later; returns what cancels it. */
  after(ms: number, run: () => void): () => void;
  /** Runs everything that is planned until `untilMs`, or until nothing is. Gives the number of steps. */
  run(untilMs: number): Promise<number>;
}

interface Planned {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** A single-threaded world: equal plans run in the order in which they were made, so a run can be repeated exactly. */
export function createClock(): Clock {
  const heap: Planned[] = [];
  let nowMs = 0;
  let order = 0;

  const after = (ms: number, run: () => void) => {
    const planned: Planned = { atMs: nowMs + Math.max(0, ms), order: order++, run };
    push(heap, planned);
    return () => {
      planned.run = undefined;
    };
  };

  return {
    now: () => nowMs,
    after,
    sleep: (ms) => new Promise((resolve) => after(ms, resolve)),
    async run(untilMs) {
      let steps = 0;
      for (let next = heap[0]; next !== undefined && next.atMs <= untilMs; next = heap[0]) {
        pop(heap);
        nowMs = next.atMs;
        if (next.run === undefined) continue;
        next.run();
        steps++;
        // Lets every promise that this step settled run to its next wait.
        await new Promise((resolve) => setImmediate(resolve));
      }
      return steps;
    },
  };
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function push(heap: Planned[], item: Planned): void {
  let at = heap.push(item) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(item, heap[parent] as Planned)) break;
    heap[at] = heap[parent] as Planned;
    at = parent;
  }
  heap[at] = item;
}

function pop(heap: Planned[]): void {
  const last = heap.pop() as Planned;
  if (heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (heap.length <= child) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Planned, heap[child] as Planned))
      child++;
    if (!isBefore(heap[child] as Planned, last)) break;
    heap[at] = heap[child] as Planned;
    at = child;
  }
  heap[at] = last;
}
