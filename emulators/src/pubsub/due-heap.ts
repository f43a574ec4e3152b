/** Something that is due at a time. The heap writes `heapIndex`: -1 while it is in no heap. */
export interface Due {
  dueMs: number;
  heapIndex: number;
}

/**
 * The earliest of many due times: a binary heap whose items know their place, so that an
 * acknowledged message leaves at once instead of lingering until its deadline.
 *
 * Cost: O(log n) to add, remove and move; O(1) to look at the first.
 */
export class DueHeap<Item extends Due> {
  readonly #items: Item[] = [];

  get first(): Item | undefined {
    return this.#items[0];
  }

  add(item: Item): void {
    this.#items.push(item);
    this.#rise(this.#items.length - 1, item);
  }

  remove(item: Item): void {
    const index = item.heapIndex;
    if (index < 0) return;
    item.heapIndex = -1;
    const last = this.#items.pop() as Item;
    if (last === item) return;
    this.#place(index, last);
  }

  /** Call after changing `dueMs` of an item that is in the heap. */
  moved(item: Item): void {
    this.#place(item.heapIndex, item);
  }

  #place(index: number, item: Item): void {
    const parent = this.#items[(index - 1) >> 1];
    if (0 < index && parent !== undefined && item.dueMs < parent.dueMs) this.#rise(index, item);
    else this.#sink(index, item);
  }

  #rise(start: number, item: Item): void {
    let index = start;
    while (0 < index) {
      const above = (index - 1) >> 1;
      const parent = this.#items[above] as Item;
      if (parent.dueMs <= item.dueMs) break;
      this.#set(index, parent);
      index = above;
    }
    this.#set(index, item);
  }

  #sink(start: number, item: Item): void {
    const count = this.#items.length;
    let index = start;
    for (;;) {
      let below = 2 * index + 1;
      if (count <= below) break;
      const right = this.#items[below + 1];
      if (right !== undefined && right.dueMs < (this.#items[below] as Item).dueMs) below += 1;
      const child = this.#items[below] as Item;
      if (item.dueMs <= child.dueMs) break;
      this.#set(index, child);
      index = below;
    }
    this.#set(index, item);
  }

  #set(index: number, item: Item): void {
    this.#items[index] = item;
    item.heapIndex = index;
  }
}
