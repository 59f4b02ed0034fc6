/** Where everything lies while the program runs, in bytes: the result of planning and all that code generation needs. */
import type { Graph } from '../graph/graph.ts';
import type { Core, ScratchBytes } from '../ir/kernel-call.ts';
import { type Bytes, bytes } from '../ir/units.ts';
import { packIntervals } from './pack.ts';
import type { Schedule } from './schedule.ts';
import { assignStorage } from './storage.ts';

/** Where an activation lies: in the caller's buffers or at an offset of the arena. */
export type Location =
  | { readonly kind: 'input' }
  | { readonly kind: 'output' }
  | { readonly kind: 'arena'; readonly offset: Bytes };

/** The arena and what lies where in it, for one order of execution. */
export interface MemoryPlan {
  readonly schedule: Schedule;
  /** Indexed by tensor id. */
  readonly locations: readonly Location[];
  readonly arenaBytes: Bytes;
  /** True where no smaller arena exists for these lifetimes. */
  readonly optimal: boolean;
  /** The layer during which most bytes are alive. */
  readonly peak: { readonly layer: string; readonly bytes: Bytes };
  /** The largest scratch of any layer, by core. */
  readonly scratch: ScratchBytes;
  /** Alignment of the arena and of every offset in it. */
  readonly alignment: Bytes;
}

/** Suits every load of CMSIS-NN's kernels; the emitted header lets a board raise it to a cache line. */
const ARENA_ALIGNMENT: Bytes = bytes(16);

function largestScratch(schedule: Schedule, core: Core): Bytes {
  return bytes(Math.max(0, ...schedule.steps.map(({ call }) => call?.scratch[core] ?? 0)));
}

/**
 * Gives every activation a place; activations that are never alive at the same time may share bytes.
 * @throws SnugError `malformedGraph` where the network's output is its input and nothing is computed
 */
export function planMemory(graph: Graph<'quantized'>, schedule: Schedule): MemoryPlan {
  const { buffers, places } = assignStorage(graph, schedule.steps);
  const packing = packIntervals(buffers, ARENA_ALIGNMENT);
  const locations = places.map(
    (place): Location =>
      place.kind === 'buffer' ? { kind: 'arena', offset: bytes(packing.offsets[place.buffer]!) } : place,
  );
  const alive = schedule.steps.map((_, step) =>
    buffers.filter(b => b.first <= step && step <= b.last).reduce((sum, b) => sum + b.bytes, 0),
  );
  const peakStep = alive.reduce((best, value, step) => (value > alive[best]! ? step : best), 0);
  return {
    schedule,
    locations,
    arenaBytes: packing.totalBytes,
    optimal: packing.optimal,
    peak: { layer: schedule.steps[peakStep]?.node.name ?? '', bytes: bytes(alive[peakStep] ?? 0) },
    scratch: {
      c: largestScratch(schedule, 'c'),
      dsp: largestScratch(schedule, 'dsp'),
      mve: largestScratch(schedule, 'mve'),
    },
    alignment: ARENA_ALIGNMENT,
  };
}
