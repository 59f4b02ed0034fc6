/**
 * The order of execution as data: groups of steps, one after another. Between groups one tensor is resident, which means
 * that it lies in memory as a whole. Inside a group of kind `layers` every layer runs over whole maps; inside one of kind
 * `flow` parts of maps flow from layer to layer, and none of the maps between them exists as a whole.
 */
import type { KernelCall } from '../ir/kernel-call.ts';
import type { Step } from './select-kernels.ts';

/**
 * Where the network's input lies. `caller`: in a buffer of the caller, which is never written. `resident`: in the arena,
 * where the program overwrites it when it is done with it. `streamed`: nowhere; the caller pushes rows as they come.
 */
export type InputMode = 'caller' | 'resident' | 'streamed';

/** All modes, for flags and for the checks of files. */
export const INPUT_MODES: readonly InputMode[] = ['resident', 'streamed', 'caller'];

/** What moves at once through a flow: whole rows, or a number of pixels in raster order. */
export type FlowUnit = { readonly kind: 'rows' } | { readonly kind: 'pixels'; readonly count: number };

/**
 * A way to run an inverted residual block with less memory that needs fused kernels: expanded channels are computed
 * `channels` at a time, and of the expanded rows that two rows of output share `keptRows` are kept; the others are computed
 * again. Planned and printed (`snug plan --level 3`); nothing is emitted for it yet.
 */
export interface ChannelGroups {
  /** Index in the group of the block's first step. */
  readonly firstStep: number;
  readonly channels: number;
  /** Null where no rows are shared. */
  readonly keptRows: number | null;
}

/** Steps that run together. */
export type Group =
  | { readonly kind: 'layers'; readonly steps: readonly Step[] }
  | {
      readonly kind: 'flow';
      readonly steps: readonly Step[];
      readonly unit: FlowUnit;
      /** Blocks that are computed a few channels at a time; empty where all channels of a pixel are computed at once. */
      readonly channelGroups: readonly ChannelGroups[];
    };

/** Groups in the order in which they run. */
export interface Schedule {
  readonly kind: 'layers' | 'stream';
  readonly input: InputMode;
  readonly groups: readonly Group[];
  /** MACs executed / MACs of the network: 1 where nothing is computed twice. */
  readonly recomputeFactor: number;
}

/** All steps of a schedule, in the order in which they first run. */
export function stepsOf({ groups }: Schedule): readonly Step[] {
  return groups.flatMap(({ steps }) => steps);
}

/** The kernel that a step calls in its group; null where it only renames its input. */
export function kernelIn(group: Group, { call, flow }: Step): KernelCall | null {
  if (group.kind === 'layers' || flow === null) return call;
  switch (flow.kind) {
    case 'pixels':
      return flow.call;
    case 'reduce':
      return flow.accumulate;
    case 'window':
      return group.unit.kind === 'rows' ? flow.rows : (flow.pixels?.call ?? null);
  }
}

/** Every layer whole, one after another, as the graph has them. */
export function scheduleLayers(steps: readonly Step[], input: InputMode = 'caller'): Schedule {
  return { kind: 'layers', input, groups: [{ kind: 'layers', steps }], recomputeFactor: 1 };
}

/** `rows`, or `pixels × 8`. */
export function formatUnit(unit: FlowUnit): string {
  return unit.kind === 'rows' ? 'rows' : `pixels × ${unit.count}`;
}
