// AssemblyScript, compiled by scripts/build-kernel.ts into ../forest-wasm.ts. Not part of the TypeScript build.
//
// Splits are compared as bytes. A number of a row is replaced by its rank among the splits that the forest has
// for it, and that rank, for each group of trees that have at most 255 different ones, by one byte: a byte is
// greater than that of a split exactly where the number is greater than the split.
//
// A fan is four levels of a tree: 15 nodes with 16 ways out. One shuffle takes to each node the byte it looks
// at, one instruction compares all, and the 15 answers look up the way out (`WAYS`, the same for every fan).
// So eight levels are two dependent steps with no branch, where a walk has eight. wasm-kernel.ts writes all
// that is read here; split-ranks.ts, buckets.ts, tree-groups.ts and fans.ts make it.

/** Bytes of a row that one shuffle reaches. */
const LANES: usize = 16;
/** The way out of a fan, 0 to 15, for each pattern of its 15 answers: 32 KB at the start of the memory. */
const WAYS: usize = 0;
/** After it stands what the forest is, in the order of wasm-kernel.ts. */
const HEADER: usize = 32_768;
/** Of a feature: where its splits and its buckets are, and the window behind a bucket. */
const SEARCH_BYTES: usize = 12;
/** Of a feature, as f32: least split, buckets per unit, last bucket. */
const SCALE_BYTES: usize = 12;
/** A tree of two levels of fans whose rows fit one shuffle: one fan, its 16 fans, 256 path lengths. */
const FAN_BYTES: usize = 2 * LANES;
const LENGTHS_AT: usize = 17 * FAN_BYTES;
const TREE_BYTES: usize = LENGTHS_AT + 256 * 8;

function header(field: usize): i32 {
  return load<i32>(HEADER + (field << 2));
}

/**
 * Sets each row's sum of path lengths. Lengths are multiples of 2^-33, so sums are exact in any order.
 *
 * The functions differ in what they know beforehand: shuffles of a row, levels of fans.
 */
export function sumRows(rowCount: i32): void {
  sum(rowCount, 1, 2);
}

export function sumRowsOf2(rowCount: i32): void {
  sum(rowCount, 2, 2);
}

export function sumRowsOf3(rowCount: i32): void {
  sum(rowCount, 3, 2);
}

export function sumDeep(rowCount: i32): void {
  sum(rowCount, 1, 3);
}

export function sumAny(rowCount: i32): void {
  sum(rowCount, header(2), header(3));
}

function sum(rowCount: i32, shuffles: i32, fanLevels: i32): void {
  const dimensions = <usize>header(0);
  const rankBytes = <usize>header(6);
  const rows = <usize>header(7);
  const ranks = <usize>header(8);
  const bytes = <usize>header(9);
  const sums = <usize>header(10);
  const searches = <usize>header(11);
  const scales = <usize>header(12);
  let group = <usize>header(13);
  for (let i: usize = 0; i < dimensions; i++)
    rank(
      searches + i * SEARCH_BYTES,
      scales + i * SCALE_BYTES,
      rows + (i << 2),
      dimensions << 2,
      rowCount,
      ranks + i * rankBytes,
    );
  for (let i: usize = 0; i < (<usize>rowCount) << 3; i += 8) store<f64>(sums + i, 0);
  for (let i = header(1); 0 < i; i--) {
    const treeCount = load<i32>(group, 0);
    const trees = load<usize>(group, 4);
    const laneCount = load<i32>(group, 8);
    group += 12;
    for (let lane = 0; lane < laneCount; lane++, group += 8)
      narrow(
        load<usize>(group, 0),
        load<usize>(group, 4),
        rowCount,
        bytes + <usize>lane,
        LANES * <usize>shuffles,
      );
    if (shuffles === 1 && fanLevels === 2) walk(trees, treeCount, bytes, rowCount, sums);
    else walkAny(trees, treeCount, bytes, rowCount, sums, shuffles, fanLevels);
  }
}

/**
 * For each row how many of a feature's splits are below its number. The number's bucket tells how many lie
 * in buckets before; of its own bucket's, a search leaves four at most, which are compared at once.
 *
 * Bucket and number grow together, whatever is rounded; a number that is none has the rank 0.
 */
function rank(
  search: usize,
  scaling: usize,
  x: usize,
  rowBytes: usize,
  rowCount: i32,
  ranks: usize,
): void {
  const splits = load<usize>(search, 0);
  const buckets = load<usize>(search, 4);
  const window = load<i32>(search, 8);
  const least = v128.load32_splat(scaling, 0);
  const scale = v128.load32_splat(scaling, 4);
  const last = v128.load32_splat(scaling, 8);
  const none = f32x4.splat(0);
  for (const end = ranks + ((<usize>rowCount) << 2); ranks < end; ranks += 4, x += rowBytes) {
    const value = v128.load32_splat(x);
    const place = f32x4.mul(f32x4.sub(value, least), scale);
    const bucket = i32x4.extract_lane(
      i32x4.relaxed_trunc_f32x4_s(f32x4.pmin(last, f32x4.pmax(none, place))),
      0,
    );
    let below = load<i32>(buckets + ((<usize>bucket) << 2));
    for (let half = window >> 1; 4 <= half; half >>= 1)
      below += half * i32(load<f32>(splits + ((<usize>(below + half - 1)) << 2)) < load<f32>(x));
    const next = v128.load(splits + ((<usize>below) << 2));
    store<i32>(ranks, below + i32.popcnt(i32x4.bitmask(f32x4.lt(next, value))));
  }
}

/** Writes a lane: each row's rank of one feature among the splits of some trees. */
function narrow(ranks: usize, table: usize, rowCount: i32, bytes: usize, rowBytes: usize): void {
  for (const end = ranks + ((<usize>rowCount) << 2); ranks < end; ranks += 4, bytes += rowBytes)
    store<u8>(bytes, load<u8>(table + <usize>load<i32>(ranks)));
}

function way(row: v128, features: v128, splits: v128): usize {
  const answers = i8x16.bitmask(i8x16.gt_s(i8x16.relaxed_swizzle(row, features), splits));
  return <usize>load<u8>(<usize>answers, WAYS);
}

/** A row's path length in a tree whose first fan is given. */
function pathLength(row: v128, tree: usize, features: v128, splits: v128): f64 {
  const first = way(row, features, splits);
  const fan = tree + first * FAN_BYTES;
  const second = way(row, v128.load(fan, FAN_BYTES), v128.load(fan, FAN_BYTES + LANES));
  return load<f64>(tree + (((first << 4) + second) << 3), LENGTHS_AT);
}

/** All rows through four trees before the next four, so that these stay near and a row is read a quarter as often. */
function walk(tree: usize, treeCount: i32, bytes: usize, rowCount: i32, sums: usize): void {
  const end = bytes + <usize>rowCount * LANES;
  let left = treeCount;
  for (; 4 <= left; left -= 4, tree += 4 * TREE_BYTES) {
    const tree1 = tree + TREE_BYTES;
    const tree2 = tree + 2 * TREE_BYTES;
    const tree3 = tree + 3 * TREE_BYTES;
    const features0 = v128.load(tree);
    const features1 = v128.load(tree1);
    const features2 = v128.load(tree2);
    const features3 = v128.load(tree3);
    const splits0 = v128.load(tree, LANES);
    const splits1 = v128.load(tree1, LANES);
    const splits2 = v128.load(tree2, LANES);
    const splits3 = v128.load(tree3, LANES);
    for (let at = bytes, sum = sums; at < end; at += LANES, sum += 8) {
      const row = v128.load(at);
      const a = pathLength(row, tree, features0, splits0);
      const b = pathLength(row, tree1, features1, splits1);
      const c = pathLength(row, tree2, features2, splits2);
      const d = pathLength(row, tree3, features3, splits3);
      store<f64>(sum, load<f64>(sum) + (a + b + (c + d)));
    }
  }
  for (; 0 < left; left--, tree += TREE_BYTES) {
    const features = v128.load(tree);
    const splits = v128.load(tree, LANES);
    for (let at = bytes, sum = sums; at < end; at += LANES, sum += 8)
      store<f64>(sum, load<f64>(sum) + pathLength(v128.load(at), tree, features, splits));
  }
}

/** The way that a row takes out of a fan whose nodes have an index for each shuffle, one of them a lane. */
function wideWay(row: usize, fan: usize, shuffles: i32): usize {
  let seen = shuffled(row, fan, 0);
  if (1 < shuffles) seen = v128.or(seen, shuffled(row, fan, LANES));
  if (2 < shuffles) seen = v128.or(seen, shuffled(row, fan, 2 * LANES));
  if (3 < shuffles) seen = v128.or(seen, shuffled(row, fan, 3 * LANES));
  if (4 < shuffles)
    for (let i = 4; i < shuffles; i++) seen = v128.or(seen, shuffled(row, fan, LANES * <usize>i));
  const answers = i8x16.bitmask(i8x16.gt_s(seen, v128.load(fan + LANES * <usize>shuffles)));
  return <usize>load<u8>(<usize>answers, WAYS);
}

function shuffled(row: usize, fan: usize, at: usize): v128 {
  return i8x16.relaxed_swizzle(v128.load(row + at), v128.load(fan + at));
}

/**
 * As `walk`, tree by tree, for rows of any width and any number of levels. What is constant where it is called is
 * decided when compiled, but only outside of loops: so their conditions stand before them too.
 */
function walkAny(
  tree: usize,
  treeCount: i32,
  bytes: usize,
  rowCount: i32,
  sums: usize,
  shuffles: i32,
  fanLevels: i32,
): void {
  const treeBytes = <usize>header(5);
  const rowBytes = LANES * <usize>shuffles;
  const fanBytes = rowBytes + LANES;
  const secondWidth = <usize>(fanLevels === 2 ? 16 : header(4));
  const end = bytes + <usize>rowCount * rowBytes;
  for (; 0 < treeCount; treeCount--, tree += treeBytes) {
    for (let row = bytes, sum = sums; row < end; row += rowBytes, sum += 8) {
      let way = wideWay(row, tree, shuffles);
      let level = tree + fanBytes;
      way = (way << 4) + wideWay(row, level + way * fanBytes, shuffles);
      let width = secondWidth;
      level += width * fanBytes;
      if (2 < fanLevels)
        for (let left = fanLevels; 2 < left; left--) {
          way = (way << 4) + wideWay(row, level + way * fanBytes, shuffles);
          width <<= 4;
          level += width * fanBytes;
        }
      store<f64>(sum, load<f64>(sum) + load<f64>(level + (way << 3)));
    }
  }
}
