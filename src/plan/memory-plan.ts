/** Where everything lies while the program runs, in bytes: the result of planning and all that code generation needs. */
import type { Graph } from '../graph/graph.ts';
import type { Core, ScratchBytes } from '../ir/kernel-call.ts';
import { type Bytes, bytes } from '../ir/units.ts';
import { ARENA_ALIGNMENT } from './alignment.ts';
import { packIntervals } from './pack.ts';
import type { Placement } from './placement/memory.ts';
import { type Schedule, stepsOf } from './schedule.ts';
import type { Step } from './select-kernels.ts';
import { assignStorage } from './storage.ts';

/**
 * Where an activation lies. `input` and `output` are buffers of the caller; `arena` a whole map at an offset. A tensor that
 * flows has a part of itself in the arena only: `line-buffer` the latest `pixels`, pixel i at slot i modulo `pixels`;
 * `chunk` what was just made.
 */
export type Location =
  | { readonly kind: 'input' }
  | { readonly kind: 'output' }
  | { readonly kind: 'arena'; readonly offset: Bytes }
  | { readonly kind: 'line-buffer'; readonly offset: Bytes; readonly bytes: Bytes; readonly pixels: number }
  | { readonly kind: 'chunk'; readonly offset: Bytes; readonly bytes: Bytes };

/** A stretch of the arena. */
export interface Stretch {
  readonly offset: number;
  readonly bytes: number;
}

/** What a group keeps besides tensors; null and empty in a group of layers. */
export interface GroupPlan {
  /** Where chunks and gathered windows lie. */
  readonly workspace: Stretch | null;
  /** Sums of a pooling at the end of the group. */
  readonly sums: Stretch | null;
  /** Gathered windows, by the step's place in the whole order. */
  readonly columns: ReadonlyMap<number, Stretch>;
}

/** The arena and what lies where in it, for one order of execution. */
export interface MemoryPlan {
  readonly schedule: Schedule;
  /** Indexed by tensor id. */
  readonly locations: readonly Location[];
  /** One for each group of the schedule. */
  readonly groups: readonly GroupPlan[];
  readonly arenaBytes: Bytes;
  /** True where no smaller arena exists: for these lifetimes, and among the schedules of this kind. */
  readonly optimal: boolean;
  /** The layer during which most bytes are alive. */
  readonly peak: { readonly layer: string; readonly bytes: Bytes };
  /** The largest scratch of any layer, by core. */
  readonly scratch: ScratchBytes;
  /** Alignment of the arena and of every offset in it. */
  readonly alignment: Bytes;
  /** On a board; null where none was named. */
  readonly placement: Placement | null;
}

function largestScratch(steps: readonly Step[], core: Core): Bytes {
  return bytes(Math.max(0, ...steps.map(({ call }) => call?.scratch[core] ?? 0)));
}

/**
 * Plans a schedule of whole layers: gives every activation a place; activations that are never alive at the same time may share bytes.
 * @throws SnugError `malformedGraph` where the network's output is its input and nothing is computed
 */
export function planMemory(graph: Graph<'quantized'>, schedule: Schedule): MemoryPlan {
  const steps = stepsOf(schedule);
  const { buffers, places } = assignStorage(graph, steps);
  const packing = packIntervals(buffers, ARENA_ALIGNMENT);
  const locations = places.map(
    (place): Location =>
      place.kind === 'buffer' ? { kind: 'arena', offset: bytes(packing.offsets[place.buffer]!) } : place,
  );
  const alive = steps.map((_, step) =>
    buffers.filter(b => b.first <= step && step <= b.last).reduce((sum, b) => sum + b.bytes, 0),
  );
  const peakStep = alive.reduce((best, value, step) => (value > alive[best]! ? step : best), 0);
  return {
    schedule,
    locations,
    groups: [{ workspace: null, sums: null, columns: new Map() }],
    arenaBytes: packing.totalBytes,
    optimal: packing.optimal,
    peak: { layer: steps[peakStep]?.node.name ?? '', bytes: bytes(alive[peakStep] ?? 0) },
    scratch: {
      c: largestScratch(steps, 'c'),
      dsp: largestScratch(steps, 'dsp'),
      mve: largestScratch(steps, 'mve'),
    },
    alignment: ARENA_ALIGNMENT,
    placement: null,
  };
}
