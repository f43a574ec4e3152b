// AssemblyScript, compiled by scripts/build-kernel.ts into ../forest-wasm.ts. Not part of the TypeScript build.
//
// A node is 8 bytes: where its feature stands in the rows (i32, bytes) and its split (f32). A comparison of
// floats is an integer here, so the walk has no branch to mispredict. Many walks go on at once, so that the
// loads of one hide behind those of the others.

/** Levels that four rows go down together: their nodes are few enough to compare with all of them. */
const SHARED_LEVELS = 4;

function at(tree: usize, node: i32): usize {
  return tree + ((<usize>node) << 3);
}

function split(tree: usize, node: i32): f32 {
  return load<f32>(at(tree, node), 4);
}

/** Where a row that starts at `x` has the number that a node looks at. */
function place(tree: usize, x: usize, node: i32): usize {
  return x + <usize>load<i32>(at(tree, node));
}

function length(lengths: usize, node: i32): f64 {
  return load<f64>(at(lengths, node));
}

/** For each of four rows whether it goes right at a node: -1, else 0. */
function right(tree: usize, x: usize, node: i32): v128 {
  return f32x4.gt(v128.load(place(tree, x, node)), v128.load32_splat(at(tree, node), 4));
}

/** The answer of the right child of a node where `isRight`, else that of the left one; masks are whole lanes. */
function either(isRight: v128, rightOne: v128, leftOne: v128): v128 {
  return i32x4.relaxed_laneselect(rightOne, leftOne, isRight);
}

function level1(tree: usize, x: usize, node: i32, a: v128): v128 {
  return either(a, right(tree, x, 2 * node + 1), right(tree, x, 2 * node));
}

function level2(tree: usize, x: usize, node: i32, a: v128, b: v128): v128 {
  return either(a, level1(tree, x, 2 * node + 1, b), level1(tree, x, 2 * node, b));
}

function level3(tree: usize, x: usize, a: v128, b: v128, c: v128): v128 {
  return either(a, level2(tree, x, 3, b, c), level2(tree, x, 2, b, c));
}

/** The nodes that four rows, side by side in memory, reach after `SHARED_LEVELS` levels. */
function descend(tree: usize, x: usize): v128 {
  const a = right(tree, x, 1);
  const b = level1(tree, x, 1, a);
  const c = level2(tree, x, 1, a, b);
  const d = level3(tree, x, a, b, c);
  const ab = i32x4.add(i32x4.add(a, a), b);
  const cd = i32x4.add(i32x4.add(c, c), d);
  return i32x4.sub(i32x4.splat(1 << SHARED_LEVELS), i32x4.add(i32x4.shl(ab, 2), cd));
}

/**
 * Sets each row's sum of path lengths: eight rows at a time, all rows through one tree before the next, so
 * that the tree stays near. Trees are added in order, so that the bits are those of JavaScript.
 *
 * - columns: feature by feature, so the value of the next row is 4 bytes on; rowCount: a multiple of 8
 * - treeBytes: from one tree's nodes to the next one's; lengths stand as far apart
 */
export function sumBlock(
  nodes: usize,
  lengths: usize,
  treeCount: i32,
  treeBytes: usize,
  depth: i32,
  columns: usize,
  rowCount: i32,
  sums: usize,
): void {
  memory.fill(sums, 0, (<usize>rowCount) << 3);
  let tree = nodes;
  // The slot of a node is its index less the slots: the first leaf is node `slots`.
  let leaves = lengths - ((<usize>1) << (depth + 3));
  const end = nodes + <usize>treeCount * treeBytes;
  for (; tree < end; tree += treeBytes, leaves += treeBytes) {
    for (let row = 0; row < rowCount; row += 8) {
      const x = columns + ((<usize>row) << 2);
      let low = i32x4.splat(1);
      let high = low;
      let level = 0;
      if (SHARED_LEVELS <= depth) {
        low = descend(tree, x);
        high = descend(tree, x + 16);
        level = SHARED_LEVELS;
      }
      let a = i32x4.extract_lane(low, 0);
      let b = i32x4.extract_lane(low, 1);
      let c = i32x4.extract_lane(low, 2);
      let d = i32x4.extract_lane(low, 3);
      let e = i32x4.extract_lane(high, 0);
      let f = i32x4.extract_lane(high, 1);
      let g = i32x4.extract_lane(high, 2);
      let h = i32x4.extract_lane(high, 3);
      for (; level < depth; level++) {
        a = (a << 1) + i32(split(tree, a) < load<f32>(place(tree, x, a), 0));
        b = (b << 1) + i32(split(tree, b) < load<f32>(place(tree, x, b), 4));
        c = (c << 1) + i32(split(tree, c) < load<f32>(place(tree, x, c), 8));
        d = (d << 1) + i32(split(tree, d) < load<f32>(place(tree, x, d), 12));
        e = (e << 1) + i32(split(tree, e) < load<f32>(place(tree, x, e), 16));
        f = (f << 1) + i32(split(tree, f) < load<f32>(place(tree, x, f), 20));
        g = (g << 1) + i32(split(tree, g) < load<f32>(place(tree, x, g), 24));
        h = (h << 1) + i32(split(tree, h) < load<f32>(place(tree, x, h), 28));
      }
      const sum = sums + ((<usize>row) << 3);
      store<f64>(sum, load<f64>(sum, 0) + length(leaves, a), 0);
      store<f64>(sum, load<f64>(sum, 8) + length(leaves, b), 8);
      store<f64>(sum, load<f64>(sum, 16) + length(leaves, c), 16);
      store<f64>(sum, load<f64>(sum, 24) + length(leaves, d), 24);
      store<f64>(sum, load<f64>(sum, 32) + length(leaves, e), 32);
      store<f64>(sum, load<f64>(sum, 40) + length(leaves, f), 40);
      store<f64>(sum, load<f64>(sum, 48) + length(leaves, g), 48);
      store<f64>(sum, load<f64>(sum, 56) + length(leaves, h), 56);
    }
  }
}

/** The sum of the path lengths of one row, the same bits as in a block: eight trees at once, added in order. */
export function sumRow(
  nodes: usize,
  lengths: usize,
  treeCount: i32,
  treeBytes: usize,
  depth: i32,
  x: usize,
): f64 {
  let sum: f64 = 0;
  let tree = nodes;
  let leaves = lengths - ((<usize>1) << (depth + 3));
  const end = nodes + <usize>treeCount * treeBytes;
  // The distances between eight trees are constants here, so deeper forests, which are rare, go one by one.
  if (treeBytes === 2048) {
    for (; tree + 8 * 2048 <= end; tree += 8 * 2048, leaves += 8 * 2048) {
      let a = 1;
      let b = 1;
      let c = 1;
      let d = 1;
      let e = 1;
      let f = 1;
      let g = 1;
      let h = 1;
      for (let level = 0; level < depth; level++) {
        a =
          (a << 1) +
          i32(load<f32>(at(tree, a), 4) < load<f32>(x + <usize>load<i32>(at(tree, a), 0)));
        b =
          (b << 1) +
          i32(load<f32>(at(tree, b), 2052) < load<f32>(x + <usize>load<i32>(at(tree, b), 2048)));
        c =
          (c << 1) +
          i32(load<f32>(at(tree, c), 4100) < load<f32>(x + <usize>load<i32>(at(tree, c), 4096)));
        d =
          (d << 1) +
          i32(load<f32>(at(tree, d), 6148) < load<f32>(x + <usize>load<i32>(at(tree, d), 6144)));
        e =
          (e << 1) +
          i32(load<f32>(at(tree, e), 8196) < load<f32>(x + <usize>load<i32>(at(tree, e), 8192)));
        f =
          (f << 1) +
          i32(load<f32>(at(tree, f), 10244) < load<f32>(x + <usize>load<i32>(at(tree, f), 10240)));
        g =
          (g << 1) +
          i32(load<f32>(at(tree, g), 12292) < load<f32>(x + <usize>load<i32>(at(tree, g), 12288)));
        h =
          (h << 1) +
          i32(load<f32>(at(tree, h), 14340) < load<f32>(x + <usize>load<i32>(at(tree, h), 14336)));
      }
      sum += load<f64>(at(leaves, a), 0);
      sum += load<f64>(at(leaves, b), 2048);
      sum += load<f64>(at(leaves, c), 4096);
      sum += load<f64>(at(leaves, d), 6144);
      sum += load<f64>(at(leaves, e), 8192);
      sum += load<f64>(at(leaves, f), 10240);
      sum += load<f64>(at(leaves, g), 12288);
      sum += load<f64>(at(leaves, h), 14336);
    }
  }
  for (; tree < end; tree += treeBytes, leaves += treeBytes) {
    let a = 1;
    for (let level = 0; level < depth; level++)
      a = (a << 1) + i32(split(tree, a) < load<f32>(place(tree, x, a)));
    sum += length(leaves, a);
  }
  return sum;
}
