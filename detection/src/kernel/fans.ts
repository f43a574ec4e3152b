import type { IsolationForest } from '../forest/isolation-forest.ts';
import type { SplitRanks } from './split-ranks.ts';
import { LANES, type Lane, type TreeGroup } from './tree-groups.ts';

// A fan is four levels of a tree: 15 nodes, 16 ways out. The kernel's comment says what it is good for; the
// numbers stand there too.
const LEVELS = 4;
const NODES = 15;
/** Every tree has at least so many levels of fans, so that the common ones are all alike. */
const LEAST_FAN_LEVELS = 2;
/** The kernel compares signed bytes. */
const LEAST_BYTE = -128;
/** No byte is greater. */
const ALWAYS_LEFT = 127;
/** An index beyond any lane: the shuffle gives 0. */
const NO_LANE = 0x80;

/** How trees are cut into fans. */
export interface Cut {
  /** How many fans each level of fans has, from the root. */
  readonly widths: readonly number[];
  /** Shuffles that a row takes: one for each 16 numbers. */
  readonly shuffles: number;
  readonly fanBytes: number;
  /** From the start of a tree to its path lengths, and to the next tree. */
  readonly lengthsAt: number;
  readonly treeBytes: number;
}

export function cutTrees({ dimensions, depth }: IsolationForest): Cut {
  const fanLevels = Math.max(LEAST_FAN_LEVELS, Math.ceil(depth / LEVELS));
  const slots = Math.max(1 << (LEAST_FAN_LEVELS * LEVELS), 1 << depth);
  const widths = Array.from({ length: fanLevels }, (_, level) =>
    Math.max(1, slots >> (LEVELS * (fanLevels - level))),
  );
  const shuffles = Math.ceil(dimensions / LANES);
  const fanBytes = LANES * (shuffles + 1);
  const lengthsAt = fanBytes * widths.reduce((a, b) => a + b);
  return { widths, shuffles, fanBytes, lengthsAt, treeBytes: lengthsAt + 8 * slots };
}

/**
 * Writes the trees as the kernel reads them: each level's fans, then the path lengths as 64-bit floats.
 *
 * - bytes: `treeCount × treeBytes`, at a multiple of 8
 */
export function writeTrees(
  forest: IsolationForest,
  { nodes, ranks }: SplitRanks,
  groups: readonly TreeGroup[],
  laneOf: Uint8Array,
  { widths, shuffles, fanBytes, lengthsAt, treeBytes }: Cut,
  bytes: Uint8Array,
): void {
  const { treeCount, depth, pathLengths } = forest;
  const slots = 1 << depth;
  for (let at = 0; at < lengthsAt; at += fanBytes) {
    bytes.fill(NO_LANE, at, at + LANES * shuffles);
    bytes.fill(ALWAYS_LEFT, at + LANES * shuffles, at + fanBytes);
  }
  for (let tree = 0; tree < treeCount; tree++) {
    const at = tree * treeBytes;
    bytes.copyWithin(at, 0, lengthsAt);
    new Float64Array(bytes.buffer, bytes.byteOffset + at + lengthsAt, slots).set(
      pathLengths.subarray(tree * slots, (tree + 1) * slots),
    );
  }
  const levelsAt = widths.map((_, i) => fanBytes * widths.slice(0, i).reduce((a, b) => a + b, 0));
  // A tree with fewer levels than its fans hangs at the end of their left-most path.
  const spareLevels = LEVELS * widths.length - depth;
  let group = -1;
  let groupEnd = 0;
  for (let i = 0; i < nodes.length; i++) {
    const at = nodes[i] as number;
    const tree = at >> depth;
    while (groupEnd <= tree) groupEnd += (groups[++group] as TreeGroup).treeCount;
    const node = at & (slots - 1);
    const level = 31 - Math.clz32(node);
    const fromLeft = node - (1 << level);
    const levelInFan = (level + spareLevels) % LEVELS;
    const levelAt = levelsAt[(level + spareLevels - levelInFan) / LEVELS] as number;
    const fan = tree * treeBytes + levelAt + (fromLeft >> levelInFan) * fanBytes;
    const firstOfLevel = (1 << levelInFan) - 1;
    const index = firstOfLevel + (fromLeft & firstOfLevel);
    const lane = laneOf[i] as number;
    const inShuffle = lane % LANES;
    const { ownBelow } = (groups[group] as TreeGroup).lanes[lane] as Lane;
    bytes[fan + lane - inShuffle + index] = inShuffle;
    bytes[fan + LANES * shuffles + index] = LEAST_BYTE + (ownBelow[ranks[i] as number] as number);
  }
}

let ways: Uint8Array | null = null;

/** The way out of a fan for each pattern of its nodes' answers, the root's in the lowest bit; set means right. */
export function listWays(): Uint8Array {
  ways ??= makeWays();
  return ways;
}

function makeWays(): Uint8Array {
  const all = new Uint8Array(1 << NODES);
  for (let answers = 0; answers < all.length; answers++) {
    let node = 1;
    for (let level = 0; level < LEVELS; level++) node = 2 * node + ((answers >> (node - 1)) & 1);
    all[answers] = node - (1 << LEVELS);
  }
  return all;
}

/** A group's ranks as the bytes that the kernel compares. */
export function rankBytes(ownBelow: Uint8Array): Uint8Array {
  return ownBelow.map((rank) => rank + LEAST_BYTE);
}
