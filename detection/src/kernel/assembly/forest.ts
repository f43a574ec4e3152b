// AssemblyScript, compiled by scripts/build-kernel.ts into ../forest-wasm.ts. Not part of the TypeScript build.
//
// A node is 8 bytes: the byte offset of its feature in a row (i32) and its split (f32). A comparison of floats
// is an integer here, so the walk has no branch to mispredict; eight rows are walked at once, so that the
// loads of one hide behind those of the others.

function step(nodes: usize, row: usize, node: i32): i32 {
  const at = nodes + ((<usize>node) << 3);
  return (node << 1) + i32(load<f32>(at, 4) < load<f32>(row + <usize>load<i32>(at)));
}

function add(sums: usize, index: i32, lengths: usize, node: i32): void {
  const at = sums + ((<usize>index) << 3);
  store<f64>(at, load<f64>(at) + load<f64>(lengths + ((<usize>node) << 3)));
}

/** Adds each tree's path length of each row to its sum; trees in order, so that the bits are those of JavaScript. */
export function addPathLengths(
  nodes: usize,
  lengths: usize,
  treeCount: i32,
  depth: i32,
  rows: usize,
  stride: usize,
  rowCount: i32,
  sums: usize,
): void {
  const slots = 1 << depth;
  for (let tree = 0; tree < treeCount; tree++) {
    const n = nodes + ((<usize>(tree * slots)) << 3);
    // The slot of a node is its index less the slots: the first leaf is node `slots`.
    const l = lengths + ((<usize>(tree * slots - slots)) << 3);
    let row = 0;
    let x = rows;
    for (; row + 8 <= rowCount; row += 8) {
      const x1 = x + stride;
      const x2 = x1 + stride;
      const x3 = x2 + stride;
      const x4 = x3 + stride;
      const x5 = x4 + stride;
      const x6 = x5 + stride;
      const x7 = x6 + stride;
      let a = 1;
      let b = 1;
      let c = 1;
      let d = 1;
      let e = 1;
      let f = 1;
      let g = 1;
      let h = 1;
      for (let level = 0; level < depth; level++) {
        a = step(n, x, a);
        b = step(n, x1, b);
        c = step(n, x2, c);
        d = step(n, x3, d);
        e = step(n, x4, e);
        f = step(n, x5, f);
        g = step(n, x6, g);
        h = step(n, x7, h);
      }
      add(sums, row, l, a);
      add(sums, row + 1, l, b);
      add(sums, row + 2, l, c);
      add(sums, row + 3, l, d);
      add(sums, row + 4, l, e);
      add(sums, row + 5, l, f);
      add(sums, row + 6, l, g);
      add(sums, row + 7, l, h);
      x = x7 + stride;
    }
    for (; row < rowCount; row++) {
      let a = 1;
      for (let level = 0; level < depth; level++) a = step(n, x, a);
      add(sums, row, l, a);
      x += stride;
    }
  }
}

/** The sum of the path lengths of one row: four trees at once, added in order. */
export function sumPathLengths(
  nodes: usize,
  lengths: usize,
  treeCount: i32,
  depth: i32,
  row: usize,
): f64 {
  const slots = 1 << depth;
  const size = (<usize>slots) << 3;
  let sum: f64 = 0;
  let tree = 0;
  let n = nodes;
  let l = lengths - size;
  for (; tree + 4 <= treeCount; tree += 4) {
    const n1 = n + size;
    const n2 = n1 + size;
    const n3 = n2 + size;
    let a = 1;
    let b = 1;
    let c = 1;
    let d = 1;
    for (let level = 0; level < depth; level++) {
      a = step(n, row, a);
      b = step(n1, row, b);
      c = step(n2, row, c);
      d = step(n3, row, d);
    }
    sum += load<f64>(l + ((<usize>a) << 3));
    sum += load<f64>(l + size + ((<usize>b) << 3));
    sum += load<f64>(l + 2 * size + ((<usize>c) << 3));
    sum += load<f64>(l + 3 * size + ((<usize>d) << 3));
    n = n3 + size;
    l += 4 * size;
  }
  for (; tree < treeCount; tree++) {
    let a = 1;
    for (let level = 0; level < depth; level++) a = step(n, row, a);
    sum += load<f64>(l + ((<usize>a) << 3));
    n += size;
    l += size;
  }
  return sum;
}
