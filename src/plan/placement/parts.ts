/**
 * Shares blocks out over regions. The hottest come first, those with most traffic a byte, and each takes the first region
 * with room, so that line buffers end up in the fastest one. A block that finds no place is placed first in the next attempt,
 * in the last region that takes it. Where that does not help, the largest come first.
 */
import { alignDown, alignUp } from '../alignment.ts';
import type { Block, Overlay } from './blocks.ts';

/** Region and offset of every block. */
export interface Shares {
  readonly parts: readonly number[];
  /** In the region. */
  readonly offsets: readonly number[];
  /** The end of the highest byte that is used, by region. */
  readonly used: readonly number[];
}

interface Placed {
  readonly index: number;
  readonly offset: number;
}

/** What blocks may do to each other. */
class Rules {
  readonly #blocks: readonly Block[];
  readonly #overlays: readonly Overlay[];

  constructor(blocks: readonly Block[], overlays: readonly Overlay[]) {
    this.#blocks = blocks;
    this.#overlays = overlays;
  }

  #between(a: number, b: number): Overlay | undefined {
    return this.#overlays.find(({ input, output }) => (input === a && output === b) || (input === b && output === a));
  }

  together(a: number, b: number): boolean {
    const [x, y] = [this.#blocks[a]!, this.#blocks[b]!];
    return x.first <= y.last && y.first <= x.last;
  }

  /** Whether two blocks that are alive together may lie at these offsets. */
  admits(a: Placed, b: Placed): boolean {
    if (a.offset + this.#blocks[a.index]!.bytes <= b.offset) return true;
    if (b.offset + this.#blocks[b.index]!.bytes <= a.offset) return true;
    const overlay = this.#between(a.index, b.index);
    if (overlay === undefined) return false;
    const [input, output] = overlay.input === a.index ? [a, b] : [b, a];
    return input.offset - output.offset >= overlay.distance;
  }

  /** Offsets of a block that are worth trying beside another one. */
  near(index: number, other: Placed): readonly number[] {
    const { alignment } = this.#blocks[index]!;
    const behind = alignUp(other.offset + this.#blocks[other.index]!.bytes, alignment);
    const overlay = this.#between(index, other.index);
    if (overlay === undefined) return [behind];
    return overlay.input === index
      ? [behind, alignUp(Math.max(0, other.offset + overlay.distance), alignment)]
      : [behind, alignDown(other.offset - overlay.distance, alignment)];
  }

  /** The lowest offset of a block in a region of `room` bytes; null where there is none. */
  lowest(index: number, placed: readonly Placed[], room: number): number | null {
    const alive = placed.filter(other => this.together(index, other.index));
    const choices = [0, ...alive.flatMap(other => this.near(index, other))].sort((a, b) => a - b);
    const { bytes } = this.#blocks[index]!;
    const found = choices.find(
      offset => offset >= 0 && offset + bytes <= room && alive.every(other => this.admits({ index, offset }, other)),
    );
    return found ?? null;
  }
}

interface Attempt {
  readonly shares: Shares | null;
  /** The block that found no place; -1 where all did. */
  readonly failed: number;
}

function attempt(
  blocks: readonly Block[],
  rules: Rules,
  rooms: readonly number[],
  pinned: readonly number[],
  order: readonly number[],
): Attempt {
  const placed = rooms.map((): Placed[] => []);
  const parts = new Array<number>(blocks.length).fill(0);
  const offsets = new Array<number>(blocks.length).fill(0);
  const forwards = [...rooms.keys()];
  const backwards = [...forwards].reverse();
  const put = (index: number, regions: readonly number[]): boolean => {
    for (const region of regions) {
      const offset = rules.lowest(index, placed[region]!, rooms[region]!);
      if (offset === null) continue;
      placed[region]!.push({ index, offset });
      parts[index] = region;
      offsets[index] = offset;
      return true;
    }
    return false;
  };
  for (const index of pinned) if (!put(index, backwards)) return { shares: null, failed: index };
  for (const index of order) {
    if (!pinned.includes(index) && !put(index, forwards)) return { shares: null, failed: index };
  }
  const used = placed.map(list => Math.max(0, ...list.map(({ index, offset }) => offset + blocks[index]!.bytes)));
  return { shares: { parts, offsets, used }, failed: -1 };
}

/**
 * Shares blocks out over regions with room for that many bytes each; null where no way was found, which does not prove that
 * there is none.
 */
export function shareOut(
  blocks: readonly Block[],
  overlays: readonly Overlay[],
  rooms: readonly number[],
): Shares | null {
  const rules = new Rules(blocks, overlays);
  const by = (key: (block: Block) => number): number[] =>
    [...blocks.keys()].sort((a, b) => key(blocks[b]!) - key(blocks[a]!) || a - b);
  for (const order of [by(({ traffic, bytes }) => traffic / bytes), by(({ bytes }) => bytes)]) {
    const pinned: number[] = [];
    for (;;) {
      const { shares, failed } = attempt(blocks, rules, rooms, pinned, order);
      if (shares !== null) return shares;
      if (pinned.includes(failed)) break;
      pinned.unshift(failed);
    }
  }
  return null;
}
