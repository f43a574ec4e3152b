import type { IsolationForest } from '../forest/isolation-forest.ts';
import type { SplitRanks } from './split-ranks.ts';

/** Bytes of a row that one shuffle of the kernel reaches. */
export const LANES = 16;
/** Different splits that a byte tells apart: a number has one rank more. */
const BYTE_SPLITS = 255;
/** The kernel takes so many trees at once. */
const TREES_AT_ONCE = 4;

/** A byte of a row: the rank of one number among the splits that some trees have for it. */
export interface Lane {
  readonly feature: number;
  /** Of so many different splits of all trees, in order, how many are the lane's. */
  readonly ownBelow: Uint8Array;
}

/** Trees next to each other whose splits are told apart by the same lanes. */
export interface TreeGroup {
  readonly firstTree: number;
  readonly treeCount: number;
  readonly lanes: readonly Lane[];
}

/** A lane that takes further trees. */
interface OpenLane {
  readonly at: number;
  readonly feature: number;
  /** For each different split of the feature whether it is the lane's. */
  readonly isOwn: Uint8Array;
  count: number;
}

/**
 * The trees in groups, each as large as its lanes allow: as many as a row has numbers, in whole shuffles. A
 * feature with more splits than a byte tells apart has a further lane from some tree on.
 *
 * - laneOf: of each split, among the lanes of its tree's group
 * - null when a tree has more than 255 splits of one feature, as only one grown on more than 256 rows can
 */
export function groupTrees(
  forest: IsolationForest,
  splitRanks: SplitRanks,
): { readonly groups: readonly TreeGroup[]; readonly laneOf: Uint8Array } | null {
  const { treeCount, depth } = forest;
  const ends = treeEnds(splitRanks.nodes, treeCount, depth);
  const laneOf = new Uint8Array(splitRanks.nodes.length);
  const groups: TreeGroup[] = [];
  for (let firstTree = 0; firstTree < treeCount; ) {
    const lanes: OpenLane[] = [];
    const takeTree = startGroup(forest, splitRanks, lanes, laneOf);
    let end = firstTree;
    while (end < treeCount && takeTree(ends[end - 1] ?? 0, ends[end] as number)) end++;
    if (end === firstTree) return null;
    // Splits of trees that are left to the next group take up ranks in this one and do no harm.
    if (end < treeCount && TREES_AT_ONCE <= end - firstTree)
      end -= (end - firstTree) % TREES_AT_ONCE;
    groups.push({
      firstTree,
      treeCount: end - firstTree,
      lanes: lanes.map(({ feature, isOwn }) => ({ feature, ownBelow: sumsBefore(isOwn) })),
    });
    firstTree = end;
  }
  return { groups, laneOf };
}

/** Gives what adds the splits of a tree, `from` to before `to`, to a group's lanes, or says that they are full. */
function startGroup(
  { dimensions, splitFeatures }: IsolationForest,
  { nodes, ranks, different }: SplitRanks,
  lanes: OpenLane[],
  laneOf: Uint8Array,
): (from: number, to: number) => boolean {
  const laneLimit = LANES * Math.ceil(dimensions / LANES);
  const current = new Array<OpenLane | undefined>(dimensions).fill(undefined);
  const counts = new Int32Array(dimensions);
  const additions = new Int32Array(dimensions);
  return (from, to) => {
    counts.fill(0);
    additions.fill(0);
    for (let i = from; i < to; i++) {
      const feature = splitFeatures[nodes[i] as number] as number;
      counts[feature] = (counts[feature] as number) + 1;
      if (current[feature]?.isOwn[ranks[i] as number] !== 1)
        additions[feature] = (additions[feature] as number) + 1;
    }
    let wanted = lanes.length;
    for (let feature = 0; feature < dimensions; feature++) {
      if (BYTE_SPLITS < (counts[feature] as number)) return false;
      if (isFull(feature)) wanted++;
    }
    if (laneLimit < wanted) return false;
    for (let feature = 0; feature < dimensions; feature++) {
      if (!isFull(feature)) continue;
      const isOwn = new Uint8Array((different[feature] as Float32Array).length);
      const lane = { at: lanes.length, feature, isOwn, count: 0 };
      current[feature] = lane;
      lanes.push(lane);
    }
    for (let i = from; i < to; i++) {
      const lane = current[splitFeatures[nodes[i] as number] as number] as OpenLane;
      const rank = ranks[i] as number;
      if (lane.isOwn[rank] === 0) lane.count++;
      lane.isOwn[rank] = 1;
      laneOf[i] = lane.at;
    }
    return true;
  };

  function isFull(feature: number): boolean {
    const free = BYTE_SPLITS - (current[feature]?.count ?? BYTE_SPLITS);
    return free < (additions[feature] as number);
  }
}

/** Where among all splits each tree's end. */
function treeEnds(nodes: Int32Array, treeCount: number, depth: number): Int32Array {
  const ends = new Int32Array(treeCount);
  for (const node of nodes) {
    const tree = node >> depth;
    ends[tree] = (ends[tree] as number) + 1;
  }
  for (let tree = 1; tree < treeCount; tree++)
    ends[tree] = (ends[tree - 1] as number) + (ends[tree] as number);
  return ends;
}

function sumsBefore(marks: Uint8Array): Uint8Array {
  const sums = new Uint8Array(marks.length + 1);
  let sum = 0;
  for (let i = 0; i < marks.length; i++) {
    sum += marks[i] as number;
    sums[i + 1] = sum;
  }
  return sums;
}
