/**
 * Puts the arena of a plan into regions: whole into the first that holds it, else cut into one part for each region. What
 * lies in a part keeps its offset in the plan, whose arena is then the parts one after another.
 */
import { type Graph, int8Bytes, tensorOf } from '../../graph/graph.ts';
import { ARENA_ALIGNMENT, alignUp } from '../alignment.ts';
import type { MemoryPlan } from '../memory-plan.ts';
import { flowCounters } from '../stream/segments.ts';
import { blocksOf } from './blocks.ts';
import type { ArenaPart, BoardMemory, Placement, RegionUse } from './memory.ts';
import { shareOut } from './parts.ts';

/** A pointer, a counter. */
const WORD = 4;

/** The arena's share of a placement, with the plan whose offsets it refers to. */
export interface PlacedArena {
  readonly plan: MemoryPlan;
  readonly placement: Pick<Placement, 'arena' | 'ram'>;
}

/** The scratch array, which has one element where there is no scratch. */
function scratchBytes(plan: MemoryPlan, { core }: BoardMemory): number {
  return alignUp(Math.max(1, plan.scratch[core]), ARENA_ALIGNMENT);
}

/** Counters of flows, and between pushes the address of the output and whether a picture has begun. */
function stateBytes({ schedule }: MemoryPlan): number {
  return WORD * (flowCounters(schedule) + (schedule.input === 'streamed' ? 2 : 0));
}

/** `sizeof` the arena where it is in one piece, on the board's core. */
export function wholeBytes(plan: MemoryPlan, memory: BoardMemory): number {
  const activations = alignUp(Math.max(1, plan.arenaBytes), ARENA_ALIGNMENT);
  return alignUp(activations + scratchBytes(plan, memory) + stateBytes(plan), ARENA_ALIGNMENT);
}

/** The caller's output, which is a variable like any other and lies in the first region. */
export function outputBytes(graph: Graph<'quantized'>): number {
  return alignUp(int8Bytes(tensorOf(graph, graph.output)), WORD);
}

/** Bytes of each region that the arena may take. */
function roomsOf(graph: Graph<'quantized'>, { ram }: BoardMemory): readonly number[] {
  return ram.map(({ bytes }, i) => Math.max(0, i === 0 ? bytes - outputBytes(graph) : bytes));
}

/** A frame in a buffer of the caller's own; 0 where there is none. */
export function frameBytes(graph: Graph<'quantized'>, plan: MemoryPlan): number {
  return plan.locations[graph.input]!.kind === 'input' ? int8Bytes(tensorOf(graph, graph.input)) : 0;
}

/** The caller's frame needs room as well, wherever the arena leaves some. */
function frameFits(graph: Graph<'quantized'>, plan: MemoryPlan, left: readonly number[]): boolean {
  const frame = frameBytes(graph, plan);
  return frame === 0 || left.some(room => room >= frame);
}

function uses(memory: BoardMemory, used: readonly number[]): readonly RegionUse[] {
  return memory.ram.map(({ name, sizeBytes, address }, i) => ({ name, usedBytes: used[i]!, sizeBytes, address }));
}

/** The whole arena in one region, by its place in the list; null where it does not fit. */
export function placeWhole(
  graph: Graph<'quantized'>,
  plan: MemoryPlan,
  memory: BoardMemory,
  region: number,
): PlacedArena | null {
  const needed = wholeBytes(plan, memory);
  const rooms = roomsOf(graph, memory);
  const used = rooms.map((_, i) => (i === region ? needed : 0));
  if (
    needed > rooms[region]! ||
    !frameFits(
      graph,
      plan,
      rooms.map((room, i) => room - used[i]!),
    )
  )
    return null;
  const part: ArenaPart = { region: memory.ram[region]!.name, start: 0, bytes: plan.arenaBytes, scratch: true };
  return { plan, placement: { arena: [part], ram: uses(memory, used) } };
}

/** The arena cut into parts, with the scratch in a given region. */
function cutWith(
  graph: Graph<'quantized'>,
  plan: MemoryPlan,
  memory: BoardMemory,
  rooms: readonly number[],
  scratchIn: number,
): PlacedArena | null {
  // Counters and the addresses of the parts are a variable in the first region.
  const state = alignUp(stateBytes(plan) + WORD * rooms.length, ARENA_ALIGNMENT);
  const fixed = rooms.map((_, i) => (i === 0 ? state : 0) + (i === scratchIn ? scratchBytes(plan, memory) : 0));
  const { blocks, overlays, rebuild } = blocksOf(graph, plan);
  const left = rooms.map((room, i) => room - fixed[i]!);
  const shares = left.some((room, i) => room < 0 && fixed[i]! > 0)
    ? null
    : shareOut(
        blocks,
        overlays,
        left.map(room => Math.max(0, Math.floor(room / ARENA_ALIGNMENT) * ARENA_ALIGNMENT)),
      );
  if (shares === null) return null;
  const sizes = shares.used.map(bytes => alignUp(bytes, ARENA_ALIGNMENT));
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, bytes) => sum + bytes, 0));
  const used = sizes.map((bytes, i) => bytes + fixed[i]!);
  if (
    !frameFits(
      graph,
      plan,
      rooms.map((room, i) => room - used[i]!),
    )
  )
    return null;
  const parts = memory.ram.map(({ name }, i): ArenaPart => {
    return { region: name, start: starts[i]!, bytes: sizes[i]!, scratch: i === scratchIn };
  });
  const arenaBytes = sizes.reduce((sum, bytes) => sum + bytes, 0);
  return {
    plan: rebuild(
      blocks.map((_, b) => starts[shares.parts[b]!]! + shares.offsets[b]!),
      arenaBytes,
    ),
    placement: { arena: parts.filter(({ bytes, scratch }) => bytes > 0 || scratch), ram: uses(memory, used) },
  };
}

function cut(
  graph: Graph<'quantized'>,
  plan: MemoryPlan,
  memory: BoardMemory,
  rooms: readonly number[],
): PlacedArena | null {
  for (const region of rooms.keys()) {
    const placed = cutWith(graph, plan, memory, rooms, region);
    if (placed !== null) return placed;
  }
  return null;
}

/** Whole into the first region that holds it, else in parts; null where neither was found. */
export function placeArena(graph: Graph<'quantized'>, plan: MemoryPlan, memory: BoardMemory): PlacedArena | null {
  for (const region of memory.ram.keys()) {
    const placed = placeWhole(graph, plan, memory, region);
    if (placed !== null) return placed;
  }
  return memory.ram.length > 1 ? cut(graph, plan, memory, roomsOf(graph, memory)) : null;
}

/** By how much a region would have to be larger for the arena to fit: the roomiest one. */
export function lackingBytes(
  graph: Graph<'quantized'>,
  plan: MemoryPlan,
  memory: BoardMemory,
): { readonly region: string; readonly over: number } {
  const rooms = roomsOf(graph, memory);
  const roomiest = rooms.indexOf(Math.max(...rooms));
  const { name } = memory.ram[roomiest]!;
  const whole = wholeBytes(plan, memory) - rooms[roomiest]! + frameBytes(graph, plan);
  const unlimited = rooms.map((room, i) => (i === roomiest ? 2 ** 31 : room));
  const parts = rooms.length > 1 ? cut(graph, plan, memory, unlimited) : null;
  const used = parts === null ? Infinity : parts.placement.ram[roomiest]!.usedBytes - rooms[roomiest]!;
  // Where only the caller's frame is too much, the arena itself lacks nothing.
  return { region: name, over: Math.max(1, Math.min(whole, used <= 0 ? Infinity : used)) };
}
