/**
 * The order of execution as data. Layer by layer, every node is a group of its own over resident tensors, and rows do not
 * flow; the type is the place where other kinds of schedule are added.
 */
import type { Step } from './select-kernels.ts';

/** Steps in the order in which they run. */
export interface Schedule {
  readonly kind: 'layers';
  readonly steps: readonly Step[];
  /** MACs executed / MACs of the network: 1 where nothing is computed twice. */
  readonly recomputeFactor: number;
}

/** Every layer whole, one after another, as the graph has them. */
export function scheduleLayers(steps: readonly Step[]): Schedule {
  return { kind: 'layers', steps, recomputeFactor: 1 };
}
