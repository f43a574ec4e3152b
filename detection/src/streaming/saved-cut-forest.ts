import { decodeBytes, encodeBytes } from '../base64.ts';
import { ModelError } from '../errors.ts';
import { readInteger, readObject } from '../shape.ts';
import {
  type CutLayout,
  layOut,
  liveOn,
  NODE_HEAD_BYTES,
  type RandomCutForest,
  startKernel,
  TREE_HEAD_BYTES,
} from './random-cut-forest.ts';

/**
 * A random cut forest as JSON, about 170 KB for 40 trees of 256 points of 4 numbers: the nodes of each tree
 * from its root, left before right. What follows from them (boxes, counts) is not in it.
 */
export interface SavedCutForest {
  readonly format: 'plumbline-cut-forest';
  readonly version: 1;
  readonly dimensions: number;
  readonly treeCount: number;
  readonly size: number;
  /** Points followed so far. */
  readonly count: number;
  /** Uint32: state of the random generator. */
  readonly random: string;
  /** Float32: the remembered points by slot. */
  readonly points: string;
  /** Uint8 a node: the dimension that it cuts, or 255 for a leaf. */
  readonly cutDimensions: string;
  /** Float32 a branch: a point goes left up to this. */
  readonly cuts: string;
  /** Uint16 for each tree and slot: the leaf that holds the point, counted along the leaves of the tree. */
  readonly leaves: string;
}

const FORMAT = 'plumbline-cut-forest';
const LEAF = 255;

export function saveCutForest({ layout, count }: RandomCutForest): SavedCutForest {
  const { dimensions, treeCount, size, memory, stateAt } = layout;
  const view = new DataView(memory.buffer);
  const held = Math.min(count, size);
  const points = new Float32Array(held * dimensions);
  const leaves = new Uint16Array(treeCount * held);
  const cutDimensions: number[] = [];
  const cuts: number[] = [];
  for (let tree = 0; tree < treeCount; tree++) {
    const treeAt = layout.treesAt + tree * layout.treeBytes;
    const indexOf = new Map<number, number>();
    const walk = (node: number): void => {
      const left = view.getInt32(node, true);
      if (left === 0) {
        indexOf.set(node, indexOf.size);
        cutDimensions.push(LEAF);
        return;
      }
      cutDimensions.push(view.getInt32(node + 16, true));
      cuts.push(view.getFloat32(node + 20, true));
      walk(left);
      walk(view.getInt32(node + 4, true));
    };
    if (0 < held) walk(view.getInt32(treeAt, true));
    for (let slot = 0; slot < held; slot++) {
      const leaf = view.getInt32(treeAt + TREE_HEAD_BYTES + 4 * slot, true);
      leaves[tree * held + slot] = indexOf.get(leaf) as number;
      const corner = new Float32Array(memory.buffer, leaf + NODE_HEAD_BYTES, dimensions);
      if (tree === 0) points.set(corner, slot * dimensions);
    }
  }
  return {
    format: FORMAT,
    version: 1,
    dimensions,
    treeCount,
    size,
    count,
    random: encodeBytes(new Uint32Array(memory.buffer, stateAt, 4)),
    points: encodeBytes(points),
    cutDimensions: encodeBytes(Uint8Array.from(cutDimensions)),
    cuts: encodeBytes(Float32Array.from(cuts)),
    leaves: encodeBytes(leaves),
  };
}

/**
 * Reads a saved forest and checks all of it: it goes on exactly as the saved one would have.
 *
 * @throws ModelError that names what is wrong: sizes that do not fit, numbers that are not finite, trees that
 *   are not whole, points on the wrong side of a cut
 */
export function loadCutForest(input: unknown): RandomCutForest {
  const saved = readObject(input, 'cut forest');
  if (saved.format !== FORMAT || saved.version !== 1)
    throw new ModelError(`cut forest is ${saved.format} ${saved.version}, wanted ${FORMAT} 1`);
  const dimensions = readInteger(saved.dimensions, 'dimensions', 1, 64);
  const treeCount = readInteger(saved.treeCount, 'treeCount', 1, 1000);
  const size = readInteger(saved.size, 'size', 1, 4096);
  const count = readInteger(saved.count, 'count', 0, Number.MAX_SAFE_INTEGER);
  const held = Math.min(count, size);
  const random = new Uint32Array(decodeBytes(saved.random, 4, 'random'));
  const points = new Float32Array(decodeBytes(saved.points, 4, 'points'));
  const leaves = new Uint16Array(decodeBytes(saved.leaves, 2, 'leaves'));
  const nodes: SavedNodes = {
    cutDimensions: new Uint8Array(decodeBytes(saved.cutDimensions, 1, 'cutDimensions')),
    cuts: new Float32Array(decodeBytes(saved.cuts, 4, 'cuts')),
    nodeAt: 0,
    cutAt: 0,
  };
  expectLength('random', random, 4);
  expectLength('points', points, held * dimensions);
  expectLength('leaves', leaves, treeCount * held);
  if (!points.every(Number.isFinite) || !nodes.cuts.every(Number.isFinite))
    throw new ModelError('points or cuts hold a number that is not finite');
  const layout = layOut({ dimensions, treeCount, size });
  new Uint32Array(layout.memory.buffer, layout.stateAt, 4).set(random);
  const kernel = startKernel(layout);
  for (let tree = 0; tree < treeCount; tree++) {
    const own = leaves.subarray(tree * held, (tree + 1) * held);
    const root = readTree(layout, tree, nodes, points, own);
    if (root !== 0) kernel.settle(root);
  }
  if (nodes.nodeAt !== nodes.cutDimensions.length || nodes.cutAt !== nodes.cuts.length)
    throw new ModelError(`cut forest has nodes beyond its ${treeCount} trees`);
  return liveOn(layout, count);
}

interface SavedNodes {
  readonly cutDimensions: Uint8Array;
  readonly cuts: Float32Array;
  nodeAt: number;
  cutAt: number;
}

/** Puts a tree into the forest's memory, all but boxes, counts and parents of its branches, and gives its root. */
function readTree(
  layout: CutLayout,
  tree: number,
  nodes: SavedNodes,
  points: Float32Array,
  leaves: Uint16Array,
): number {
  const { dimensions, size, width, memory, nodeBytes } = layout;
  const view = new DataView(memory.buffer);
  const treeAt = layout.treesAt + tree * layout.treeBytes;
  const slotsByLeaf = Map.groupBy(leaves.keys(), (slot) => leaves[slot] as number);
  let used = 0;
  let leafCount = 0;
  const read = (bounds: readonly Bound[]): number => {
    const node = treeAt + layout.nodesAt + used * nodeBytes;
    const dimension = nodes.cutDimensions[nodes.nodeAt++];
    if (dimension === undefined || used++ === 2 * size)
      throw new ModelError(`cut forest ends inside tree ${tree}`);
    if (dimension === LEAF) {
      placeLeaf(node, slotsByLeaf.get(leafCount++), bounds);
      return node;
    }
    const cut = nodes.cuts[nodes.cutAt++];
    if (dimensions <= dimension || cut === undefined)
      throw new ModelError(`tree ${tree} cuts dimension ${dimension} at ${cut}`);
    view.setInt32(node + 16, dimension, true);
    view.setFloat32(node + 20, cut, true);
    view.setInt32(node, read([...bounds, { dimension, cut, isLeft: true }]), true);
    view.setInt32(node + 4, read([...bounds, { dimension, cut, isLeft: false }]), true);
    return node;
  };
  const placeLeaf = (node: number, slots: number[] | undefined, bounds: readonly Bound[]): void => {
    const [first] = slots ?? [];
    if (slots === undefined || first === undefined)
      throw new ModelError(`tree ${tree} has a leaf without a point`);
    const point = points.subarray(first * dimensions, (first + 1) * dimensions);
    for (const { dimension, cut, isLeft } of bounds)
      if ((point[dimension] as number) <= cut !== isLeft)
        throw new ModelError(`tree ${tree} has point ${first} on the wrong side of a cut`);
    for (const slot of slots) {
      view.setInt32(treeAt + TREE_HEAD_BYTES + 4 * slot, node, true);
      if (!point.every((value, i) => value === points[slot * dimensions + i]))
        throw new ModelError(`tree ${tree} has different points in a leaf`);
    }
    view.setInt32(node + 12, slots.length, true);
    new Float32Array(memory.buffer, node + NODE_HEAD_BYTES, dimensions).set(point);
    new Float32Array(memory.buffer, node + NODE_HEAD_BYTES + width, dimensions).set(point);
  };
  const root = leaves.length === 0 ? 0 : read([]);
  if (slotsByLeaf.size !== leafCount)
    throw new ModelError(`tree ${tree} has ${leafCount} leaves, wanted ${slotsByLeaf.size}`);
  view.setInt32(treeAt, root, true);
  view.setInt32(treeAt + 4, 2 * size - used, true);
  for (let i = 0; i < 2 * size - used; i++)
    view.setInt32(
      treeAt + TREE_HEAD_BYTES + 4 * (size + i),
      treeAt + layout.nodesAt + (2 * size - 1 - i) * nodeBytes,
      true,
    );
  return root;
}

interface Bound {
  readonly dimension: number;
  readonly cut: number;
  readonly isLeft: boolean;
}

function expectLength(what: string, array: ArrayLike<number>, wanted: number): void {
  if (array.length !== wanted)
    throw new ModelError(`${what} holds ${array.length} numbers, wanted ${wanted}`);
}
