const NONE = -1;

/**
 * One tree of a random cut forest, in flat arrays. Points are known by their slot, 0 to `size - 1`; equal
 * points share a leaf.
 */
export class RandomCutTree {
  readonly #dimensions: number;
  readonly #random: () => number;
  readonly #left: Int32Array;
  readonly #right: Int32Array;
  readonly #parent: Int32Array;
  /** Points below a node, itself included. */
  readonly #count: Int32Array;
  readonly #cutDimension: Int32Array;
  readonly #cut: Float64Array;
  /** Bounding box of a node: its least numbers, then its greatest. */
  readonly #box: Float64Array;
  readonly #leafOf: Int32Array;
  readonly #free: Int32Array;
  #freeCount: number;
  #root = NONE;

  constructor(dimensions: number, size: number, random: () => number) {
    const nodes = 2 * size;
    this.#dimensions = dimensions;
    this.#random = random;
    this.#left = new Int32Array(nodes).fill(NONE);
    this.#right = new Int32Array(nodes).fill(NONE);
    this.#parent = new Int32Array(nodes).fill(NONE);
    this.#count = new Int32Array(nodes);
    this.#cutDimension = new Int32Array(nodes);
    this.#cut = new Float64Array(nodes);
    this.#box = new Float64Array(nodes * 2 * dimensions);
    this.#leafOf = new Int32Array(size).fill(NONE);
    this.#free = Int32Array.from({ length: nodes }, (_, i) => nodes - 1 - i);
    this.#freeCount = nodes;
  }

  /** Adds a point in a slot and gives its leaf. */
  insert(point: Float64Array, slot: number): number {
    const d = this.#dimensions;
    const box = this.#box;
    let node = this.#root;
    while (node !== NONE) {
      const low = node * 2 * d;
      const high = low + d;
      let span = 0;
      for (let i = 0; i < d; i++) {
        const value = point[i] as number;
        const least = box[low + i] as number;
        const greatest = box[high + i] as number;
        span += Math.max(value, greatest) - Math.min(value, least);
      }
      if (span === 0) {
        // Every point below equals this one, so the node is a leaf: it takes one more.
        this.#leafOf[slot] = node;
        this.#count[node] = (this.#count[node] as number) + 1;
        return node;
      }
      let rest = this.#random() * span;
      let dimension = 0;
      let cut = 0;
      for (let i = 0; i < d; i++) {
        const value = point[i] as number;
        const least = Math.min(value, box[low + i] as number);
        const length = Math.max(value, box[high + i] as number) - least;
        if (length === 0) continue;
        dimension = i;
        cut = least + rest;
        if (rest < length) break;
        rest -= length;
      }
      const value = point[dimension] as number;
      const least = box[low + dimension] as number;
      const greatest = box[high + dimension] as number;
      if (value < least && cut < least) return this.#split(node, point, slot, dimension, cut, true);
      if (greatest < value && greatest <= cut)
        return this.#split(node, point, slot, dimension, cut < value ? cut : greatest, false);
      // A leaf is one place: where rounding put the cut on it, the lesser of the two separates them.
      if (this.#left[node] === NONE)
        return this.#split(node, point, slot, dimension, Math.min(value, least), value < least);
      for (let i = 0; i < d; i++) {
        const coordinate = point[i] as number;
        if (coordinate < (box[low + i] as number)) box[low + i] = coordinate;
        if ((box[high + i] as number) < coordinate) box[high + i] = coordinate;
      }
      this.#count[node] = (this.#count[node] as number) + 1;
      const goesLeft =
        (point[this.#cutDimension[node] as number] as number) <= (this.#cut[node] as number);
      node = (goesLeft ? this.#left[node] : this.#right[node]) as number;
    }
    this.#root = this.#leaf(point, slot);
    return this.#root;
  }

  /** Takes the point of a slot out. */
  forget(slot: number): void {
    const leaf = this.#leafOf[slot] as number;
    this.#leafOf[slot] = NONE;
    if (1 < (this.#count[leaf] as number)) {
      for (let up = leaf; up !== NONE; up = this.#parent[up] as number)
        this.#count[up] = (this.#count[up] as number) - 1;
      return;
    }
    const parent = this.#parent[leaf] as number;
    this.#release(leaf);
    if (parent === NONE) {
      this.#root = NONE;
      return;
    }
    const sibling = (
      this.#left[parent] === leaf ? this.#right[parent] : this.#left[parent]
    ) as number;
    const above = this.#parent[parent] as number;
    this.#replaceChild(above, parent, sibling);
    this.#release(parent);
    this.#shrinkFrom(above, leaf);
  }

  /** The collusive displacement of a leaf: the most that any group around it displaces for each member. */
  displacement(leaf: number): number {
    let most = 0;
    let node = leaf;
    for (;;) {
      const parent = this.#parent[node] as number;
      if (parent === NONE) return most;
      const sibling = (
        this.#left[parent] === node ? this.#right[parent] : this.#left[parent]
      ) as number;
      most = Math.max(most, (this.#count[sibling] as number) / (this.#count[node] as number));
      node = parent;
    }
  }

  #leaf(point: Float64Array, slot: number): number {
    const leaf = this.#take();
    this.#count[leaf] = 1;
    this.#leafOf[slot] = leaf;
    const low = leaf * 2 * this.#dimensions;
    this.#box.set(point, low);
    this.#box.set(point, low + this.#dimensions);
    return leaf;
  }

  /** Puts a branch in the place of a node, with the node and a new leaf below it. */
  #split(
    node: number,
    point: Float64Array,
    slot: number,
    dimension: number,
    cut: number,
    isLeft: boolean,
  ): number {
    const d = this.#dimensions;
    const leaf = this.#leaf(point, slot);
    const branch = this.#take();
    this.#cutDimension[branch] = dimension;
    this.#cut[branch] = cut;
    this.#left[branch] = isLeft ? leaf : node;
    this.#right[branch] = isLeft ? node : leaf;
    this.#count[branch] = (this.#count[node] as number) + 1;
    this.#replaceChild(this.#parent[node] as number, node, branch);
    this.#parent[node] = branch;
    this.#parent[leaf] = branch;
    const from = node * 2 * d;
    const to = branch * 2 * d;
    for (let i = 0; i < d; i++) {
      const value = point[i] as number;
      this.#box[to + i] = Math.min(value, this.#box[from + i] as number);
      this.#box[to + d + i] = Math.max(value, this.#box[from + d + i] as number);
    }
    return leaf;
  }

  #replaceChild(parent: number, child: number, by: number): void {
    this.#parent[by] = parent;
    if (parent === NONE) this.#root = by;
    else if (this.#left[parent] === child) this.#left[parent] = by;
    else this.#right[parent] = by;
  }

  /** Takes one point out of the counts from a node upwards, and out of the boxes while it was at their edge. */
  #shrinkFrom(start: number, leaf: number): void {
    const d = this.#dimensions;
    const box = this.#box;
    const gone = leaf * 2 * d;
    let isEdge = true;
    for (let node = start; node !== NONE; node = this.#parent[node] as number) {
      this.#count[node] = (this.#count[node] as number) - 1;
      if (!isEdge) continue;
      const low = node * 2 * d;
      isEdge = false;
      for (let i = 0; i < d && !isEdge; i++)
        isEdge = box[low + i] === box[gone + i] || box[low + d + i] === box[gone + i];
      if (!isEdge) continue;
      const left = (this.#left[node] as number) * 2 * d;
      const right = (this.#right[node] as number) * 2 * d;
      for (let i = 0; i < d; i++) {
        box[low + i] = Math.min(box[left + i] as number, box[right + i] as number);
        box[low + d + i] = Math.max(box[left + d + i] as number, box[right + d + i] as number);
      }
    }
  }

  #take(): number {
    this.#freeCount--;
    return this.#free[this.#freeCount] as number;
  }

  #release(node: number): void {
    this.#left[node] = NONE;
    this.#right[node] = NONE;
    this.#parent[node] = NONE;
    this.#free[this.#freeCount] = node;
    this.#freeCount++;
  }
}
