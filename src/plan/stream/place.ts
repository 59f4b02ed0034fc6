/**
 * Chooses groups whose tensors also find places: every candidate fits into the arena by itself, but a tensor between two
 * groups has one place in both. Resident tensors are tried at the ends of the arena and against each other; what a group
 * keeps besides fills the gaps around them.
 */
import { ARENA_ALIGNMENT, alignDown, alignUp, FLOW_ALIGNMENT } from '../alignment.ts';
import type { Candidate } from './candidates.ts';
import { OpenList } from './open-list.ts';

/** Offsets in bytes of what was chosen: of each resident tensor between the groups, and of each group's buffers. */
export interface Placement {
  readonly path: readonly Candidate[];
  /** One more than there are groups; 0 for those that do not lie in the arena. */
  readonly tensors: readonly number[];
  readonly buffers: readonly (readonly number[])[];
  /** The end of the highest byte that is used. */
  readonly arenaBytes: number;
  /** The size of the arena in which it was searched for. */
  readonly withinBytes: number;
}

interface Gap {
  start: number;
  end: number;
}

function gapsAround(taken: readonly (readonly [start: number, bytes: number])[], arena: number): Gap[] {
  const gaps: Gap[] = [];
  let end = 0;
  for (const [start, bytes] of [...taken].sort((a, b) => a[0] - b[0])) {
    if (start > end) gaps.push({ start: end, end: start });
    end = Math.max(end, start + bytes);
  }
  if (end < arena) gaps.push({ start: end, end: arena });
  return gaps;
}

/** Puts each buffer into the tightest gap that takes it, the largest first; null where one finds none. */
function fillGaps(buffers: readonly number[], gaps: readonly Gap[]): number[] | null {
  const free = gaps.map(gap => ({ ...gap }));
  const offsets = new Array<number>(buffers.length).fill(0);
  const order = [...buffers.keys()].sort((a, b) => buffers[b]! - buffers[a]! || a - b);
  for (const index of order) {
    const bytes = buffers[index]!;
    if (bytes === 0) continue;
    let best: Gap | null = null;
    for (const gap of free) {
      const start = alignUp(gap.start, FLOW_ALIGNMENT);
      if (start + bytes <= gap.end && (best === null || gap.end - start < best.end - best.start)) best = gap;
    }
    if (best === null) return null;
    offsets[index] = alignUp(best.start, FLOW_ALIGNMENT);
    best.start = offsets[index]! + bytes;
  }
  return offsets;
}

type Pair = readonly [input: number, output: number];

/** Whether input and output may lie where they do; `sizes` in bytes, 0 for what lies elsewhere. */
function compatible({ distance }: Candidate, [input, output]: Pair, sizes: Pair): boolean {
  if (sizes[0] === 0 || sizes[1] === 0) return true;
  if (distance === 'shared') return input === output;
  if (input + sizes[0] <= output || output + sizes[1] <= input) return true;
  return distance !== null && input - output >= distance;
}

/** Offsets worth trying for a group's output: the ends of the arena, and as close to the input as it may come. */
function choices({ distance }: Candidate, input: number, sizes: Pair, arena: number): readonly number[] {
  if (sizes[1] === 0) return [0];
  if (distance === 'shared' && sizes[0] > 0) return [input];
  const top = alignDown(arena - sizes[1], ARENA_ALIGNMENT);
  const found = [0, top];
  if (sizes[0] > 0) {
    const above = input + sizes[0];
    if (typeof distance === 'number') found.push(Math.min(top, input - alignUp(distance, ARENA_ALIGNMENT)), input);
    found.push(input - sizes[1], above, alignDown(above - sizes[1], ARENA_ALIGNMENT));
  }
  return [...new Set(found)].filter(offset => offset >= 0 && offset <= top);
}

/** What the search chooses from. */
export interface Choice {
  /** Groups within the limits on their own. */
  readonly candidates: readonly Candidate[];
  /** Bytes of the tensor at each place when it is resident. */
  readonly resident: readonly number[];
  /** Sizes of what a group keeps besides input and output, each of which may lie anywhere. */
  readonly buffersOf: (candidate: Candidate) => readonly number[];
}

/** The groups that start at each place, the one on the cheapest way to the end first, and the cost of that way. */
interface Ways {
  readonly starting: readonly (readonly Candidate[])[];
  /** By place; Infinity where no way leads to the end. */
  readonly rest: Float64Array;
}

function waysOf({ candidates, resident }: Choice): Ways {
  const rest = new Float64Array(resident.length).fill(Infinity);
  rest[resident.length - 1] = 0;
  const starting: Candidate[][] = resident.map(() => []);
  for (const candidate of candidates) starting[candidate.from]!.push(candidate);
  for (let place = resident.length - 2; place >= 0; place -= 1) {
    for (const { to, cost } of starting[place]!) rest[place] = Math.min(rest[place]!, cost + rest[to]!);
  }
  const promise = ({ to, cost }: Candidate): number => cost + rest[to]!;
  const sorted = starting.map(list => list.filter(c => promise(c) < Infinity).sort((a, b) => promise(a) - promise(b)));
  return { starting: sorted, rest };
}

/** A tensor at a place and offset, and how it was reached. */
interface State {
  readonly place: number;
  readonly offset: number;
  /** Cost of the groups so far. */
  readonly cost: number;
  readonly before: State | null;
  /** The group that ends here, and the offsets of what it keeps. */
  readonly group: Candidate | null;
  readonly buffers: readonly number[];
}

/** Costs that differ by less than this part of the whole count as equal. */
export const PRECISION: number = 1 / 200;

/**
 * What is to be tried next: the group of that number from a state. `promise` is the least cost of any way through it, in
 * units of the precision.
 */
interface Entry {
  readonly state: State;
  readonly next: number;
  readonly promise: number;
}

/** Of equal promise the one that is nearer to the end goes on: a way without obstacles is then found in one go. */
const byPromise = (a: Entry, b: Entry): number => a.promise - b.promise || b.state.place - a.state.place;

function placementOf(end: State, { resident, buffersOf }: Choice, withinBytes: number): Placement {
  const states: State[] = [];
  for (let at: State | null = end; at !== null; at = at.before) states.unshift(at);
  const groups = states.slice(1);
  const ends = [
    ...states.map(({ place, offset }) => (resident[place] === 0 ? 0 : offset + resident[place]!)),
    ...groups.flatMap(({ group, buffers }) =>
      buffersOf(group!).map((bytes, i) => (bytes === 0 ? 0 : buffers[i]! + bytes)),
    ),
  ];
  return {
    path: groups.map(({ group }) => group!),
    tensors: states.map(({ offset }) => offset),
    buffers: groups.map(({ buffers }) => buffers),
    arenaBytes: Math.max(0, ...ends),
    withinBytes,
  };
}

/**
 * Finds the cheapest groups, to the precision above, whose tensors find places within `arena` bytes; null where there are none. Best-first search over
 * places and offsets (A*, with the cost of the rest when nothing stands in its way as the bound). Whether the rest can be
 * placed depends on the offset of the last tensor alone, so that each place and offset is reached once, the cheapest way.
 */
function searchWithin(choice: Choice, { starting, rest }: Ways, arena: number): Placement | null {
  const { resident, buffersOf } = choice;
  const open = new OpenList<Entry>(byPromise);
  const reached = new Set<number>();
  const unit = Math.max(1, (rest[0] ?? 0) * PRECISION);
  const promiseOf = (cost: number, place: number): number => Math.floor((cost + rest[place]!) / unit);
  const enter = (state: State): void => {
    const key = state.place * 2 ** 32 + state.offset;
    if (reached.has(key)) return;
    reached.add(key);
    open.push({ state, next: 0, promise: promiseOf(state.cost, state.place) });
  };
  for (const offset of [alignDown(arena - resident[0]!, ARENA_ALIGNMENT), 0]) {
    enter({ place: 0, offset, cost: 0, before: null, group: null, buffers: [] });
  }
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    const { state, next } = entry;
    if (state.place === resident.length - 1) return placementOf(state, choice, arena);
    const group = starting[state.place]![next];
    if (group === undefined) continue;
    const following = starting[state.place]![next + 1];
    if (following !== undefined) {
      open.push({ state, next: next + 1, promise: promiseOf(state.cost + following.cost, following.to) });
    }
    if (group.arenaBytes > arena) continue;
    const sizes = [resident[group.from]!, resident[group.to]!] as const;
    for (const offset of choices(group, state.offset, sizes, arena)) {
      if (reached.has(group.to * 2 ** 32 + offset) || !compatible(group, [state.offset, offset], sizes)) continue;
      const taken = [
        [state.offset, sizes[0]],
        [offset, sizes[1]],
      ] as const;
      const buffers = fillGaps(buffersOf(group), gapsAround(taken, arena));
      if (buffers === null) continue;
      enter({ place: group.to, offset, cost: state.cost + group.cost, before: state, group, buffers });
    }
  }
  return null;
}

/** Part of the arena by which it grows while nothing is found. */
const GROWTH = 1 / 256;

/**
 * Chooses and places groups in the smallest arena from `least` bytes on in which the search finds a way, up to `most`; null
 * where it finds none.
 */
export function placeGroups(choice: Choice, least: number, most: number): Placement | null {
  const ways = waysOf(choice);
  const step = Math.max(ARENA_ALIGNMENT, alignUp(least * GROWTH, ARENA_ALIGNMENT));
  for (let arena = least; ; arena = Math.min(arena + step, most)) {
    const placement = searchWithin(choice, ways, arena);
    if (placement !== null || arena >= most) return placement;
  }
}
