/** The open list of a best-first search: a binary heap that gives the most promising entry. */

/** Compares two entries: negative where the first comes before the second. */
export type Before<T> = (a: T, b: T) => number;

/** Entries in no order but that the first one comes out first; entries that are level come out in any order. */
export class OpenList<T> {
  readonly #items: T[] = [];
  readonly #before: Before<T>;

  constructor(before: Before<T>) {
    this.#before = before;
  }

  push(item: T): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#before(items[parent]!, item) <= 0) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
  }

  /** Undefined where nothing is left. */
  pop(): T | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && this.#before(items[child + 1]!, items[child]!) < 0) child += 1;
      if (this.#before(last, items[child]!) <= 0) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = last;
    return first;
  }
}
