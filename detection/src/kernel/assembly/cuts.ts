// AssemblyScript, compiled by scripts/build-kernel.ts into ../cuts-wasm.ts. Not part of the TypeScript build.
//
// A random cut forest in one memory; random-cut-forest.ts lays it out and knows the same places. Nodes are
// known by their address, 0 is none. Coordinates are f32, filled with zeros to whole vectors of four.
//
// node: left, right, parent, count, dimension (i32), cut (f32), 8 bytes unused, least corner, greatest corner
// tree: root, number of free nodes, the leaf of each slot, the free nodes, (up to a multiple of 16) the nodes

let width: usize = 0;
let size: i32 = 0;
let treeCount: i32 = 0;
let treeBytes: usize = 0;
let trees: usize = 0;
/** Four words of the random generator, then lane mask, point and scratch, each `width` bytes. */
let state: usize = 0;

export function start(
  widthBytes: usize,
  points: i32,
  count: i32,
  bytesOfTree: usize,
  treesAt: usize,
  stateAt: usize,
): void {
  width = widthBytes;
  size = points;
  treeCount = count;
  treeBytes = bytesOfTree;
  trees = treesAt;
  state = stateAt;
}

/** In [0, 1), 24 bits of the xoshiro128** of ../../random.ts. */
function random(): f32 {
  const a = load<u32>(state);
  const b = load<u32>(state, 4);
  const c = load<u32>(state, 8) ^ a;
  const d = load<u32>(state, 12) ^ b;
  const result = rotl<u32>(b * 5, 7) * 9;
  store<u32>(state, a ^ d);
  store<u32>(state, b ^ c, 4);
  store<u32>(state, c ^ (b << 9), 8);
  store<u32>(state, rotl<u32>(d, 11), 12);
  return <f32>(result >>> 8) * (1.0 / 16777216.0);
}

function left(node: usize): usize {
  return <usize>load<i32>(node);
}

function right(node: usize): usize {
  return <usize>load<i32>(node, 4);
}

function parent(node: usize): usize {
  return <usize>load<i32>(node, 8);
}

function addCount(node: usize, change: i32): void {
  store<i32>(node, load<i32>(node, 12) + change, 12);
}

function take(tree: usize): usize {
  const free = load<i32>(tree, 4) - 1;
  store<i32>(tree, free, 4);
  return <usize>load<i32>(tree + 8 + ((<usize>(size + free)) << 2));
}

function release(tree: usize, node: usize): void {
  const free = load<i32>(tree, 4);
  store<i32>(tree + 8 + ((<usize>(size + free)) << 2), <i32>node);
  store<i32>(tree, free + 1, 4);
}

function setLeaf(tree: usize, slot: i32, leaf: usize): void {
  store<i32>(tree + 8 + ((<usize>slot) << 2), <i32>leaf);
}

function replaceChild(tree: usize, above: usize, child: usize, by: usize): void {
  store<i32>(by, <i32>above, 8);
  if (above === 0) store<i32>(tree, <i32>by);
  else store<i32>(left(above) === child ? above : above + 4, <i32>by);
}

function makeLeaf(tree: usize, slot: i32): usize {
  const leaf = take(tree);
  store<i64>(leaf, 0);
  store<i32>(leaf, 0, 8);
  store<i32>(leaf, 1, 12);
  setLeaf(tree, slot, leaf);
  const point = state + 16 + width;
  for (let at: usize = 0; at < width; at += 16) {
    const corner = v128.load(point + at);
    v128.store(leaf + 32 + at, corner);
    v128.store(leaf + 32 + width + at, corner);
  }
  return leaf;
}

/** Widens a box to hold the point; it may be that of another node. */
function widen(from: usize, to: usize): void {
  const point = state + 16 + width;
  for (let at: usize = 0; at < width; at += 16) {
    const p = v128.load(point + at);
    v128.store(to + 32 + at, f32x4.pmin(v128.load(from + 32 + at), p));
    v128.store(to + 32 + width + at, f32x4.pmax(v128.load(from + 32 + width + at), p));
  }
}

/** Puts a branch in the place of a node, with the node and a new leaf below it, and gives the leaf. */
function splitOff(
  tree: usize,
  node: usize,
  slot: i32,
  dimension: i32,
  cut: f32,
  isLeft: bool,
): usize {
  const leaf = makeLeaf(tree, slot);
  const branch = take(tree);
  store<i32>(branch, <i32>(isLeft ? leaf : node));
  store<i32>(branch, <i32>(isLeft ? node : leaf), 4);
  store<i32>(branch, load<i32>(node, 12) + 1, 12);
  store<i32>(branch, dimension, 16);
  store<f32>(branch, cut, 20);
  replaceChild(tree, parent(node), node, branch);
  store<i32>(node, <i32>branch, 8);
  store<i32>(leaf, <i32>branch, 8);
  widen(node, branch);
  return leaf;
}

/** Adds the point in a slot and gives its leaf. */
function insert(tree: usize, slot: i32): usize {
  const point = state + 16 + width;
  const lengths = point + width;
  let node = <usize>load<i32>(tree);
  while (node !== 0) {
    let sums = f32x4.splat(0);
    for (let at: usize = 0; at < width; at += 16) {
      const p = v128.load(point + at);
      const greatest = f32x4.pmax(v128.load(node + 32 + width + at), p);
      const length = f32x4.sub(greatest, f32x4.pmin(v128.load(node + 32 + at), p));
      v128.store(lengths + at, length);
      sums = f32x4.add(sums, length);
    }
    const span =
      f32x4.extract_lane(sums, 0) +
      f32x4.extract_lane(sums, 1) +
      (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
    if (span === 0) {
      // Every point below equals this one, so the node is a leaf: it takes one more.
      setLeaf(tree, slot, node);
      addCount(node, 1);
      return node;
    }
    let rest = random() * span;
    let dimension: usize = 0;
    for (let at: usize = 0; at < width; at += 4) {
      const length = load<f32>(lengths + at);
      if (length === 0) continue;
      dimension = at;
      if (rest < length) break;
      rest -= length;
    }
    const value = load<f32>(point + dimension);
    const least = load<f32>(node + 32 + dimension);
    const greatest = load<f32>(node + 32 + width + dimension);
    const cut = min(value, least) + rest;
    const index = <i32>(dimension >> 2);
    if (value < least && cut < least) return splitOff(tree, node, slot, index, cut, true);
    if (greatest < value && greatest <= cut)
      return splitOff(tree, node, slot, index, cut < value ? cut : greatest, false);
    // A leaf is one place: where rounding put the cut on it, the lesser of the two separates them.
    if (left(node) === 0)
      return splitOff(tree, node, slot, index, min(value, least), value < least);
    widen(node, node);
    addCount(node, 1);
    const goesLeft = load<f32>(point + ((<usize>load<i32>(node, 16)) << 2)) <= load<f32>(node, 20);
    node = goesLeft ? left(node) : right(node);
  }
  const leaf = makeLeaf(tree, slot);
  store<i32>(tree, <i32>leaf);
  return leaf;
}

/** Whether a corner of the node's box touches the point of a leaf in some dimension. */
function touches(node: usize, leaf: usize): bool {
  let equal = i32x4.splat(0);
  for (let at: usize = 0; at < width; at += 16) {
    const gone = v128.load(leaf + 32 + at);
    const low = f32x4.eq(v128.load(node + 32 + at), gone);
    const high = f32x4.eq(v128.load(node + 32 + width + at), gone);
    equal = v128.or(equal, v128.and(v128.or(low, high), v128.load(state + 16 + at)));
  }
  return v128.any_true(equal);
}

/** The box of a branch from those of its children. */
function fit(node: usize): void {
  const a = left(node) + 32;
  const b = right(node) + 32;
  for (let at: usize = 0; at < width; at += 16) {
    v128.store(node + 32 + at, f32x4.pmin(v128.load(a + at), v128.load(b + at)));
    v128.store(
      node + 32 + width + at,
      f32x4.pmax(v128.load(a + width + at), v128.load(b + width + at)),
    );
  }
}

/** Takes the point of a slot out. */
function forget(tree: usize, slot: i32): void {
  const leaf = <usize>load<i32>(tree + 8 + ((<usize>slot) << 2));
  if (1 < load<i32>(leaf, 12)) {
    for (let up = leaf; up !== 0; up = parent(up)) addCount(up, -1);
    return;
  }
  const branch = parent(leaf);
  release(tree, leaf);
  if (branch === 0) {
    store<i32>(tree, 0);
    return;
  }
  const sibling = left(branch) === leaf ? right(branch) : left(branch);
  const above = parent(branch);
  replaceChild(tree, above, branch, sibling);
  release(tree, branch);
  let isEdge = true;
  for (let node = above; node !== 0; node = parent(node)) {
    addCount(node, -1);
    if (!isEdge) continue;
    isEdge = touches(node, leaf);
    if (isEdge) fit(node);
  }
}

/** The most that any group around a leaf displaces for each of its members. */
function displacement(leaf: usize): f64 {
  let most: f64 = 0;
  let node = leaf;
  for (let up = parent(node); up !== 0; up = parent(node)) {
    const sibling = left(up) === node ? right(up) : left(up);
    most = max(most, <f64>load<i32>(sibling, 12) / <f64>load<i32>(node, 12));
    node = up;
  }
  return most;
}

/** Forgets what was in a slot, puts the point there, and gives the sum of its displacements. */
export function follow(slot: i32, isTaken: bool): f64 {
  let sum: f64 = 0;
  let tree = trees;
  for (let i = 0; i < treeCount; i++, tree += treeBytes) {
    if (isTaken) forget(tree, slot);
    sum += displacement(insert(tree, slot));
  }
  return sum;
}

/** Sets the boxes, counts and parents below a node whose leaves and links are set. */
export function settle(node: usize): void {
  if (left(node) === 0) return;
  settle(left(node));
  settle(right(node));
  store<i32>(left(node), <i32>node, 8);
  store<i32>(right(node), <i32>node, 8);
  store<i32>(node, load<i32>(left(node), 12) + load<i32>(right(node), 12), 12);
  fit(node);
}
