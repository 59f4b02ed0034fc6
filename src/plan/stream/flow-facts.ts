/**
 * What flowing costs each place of a chain, for one unit of flow. None of it depends on where a group begins or ends, so
 * that a group's memory is a sum and a maximum over its places.
 *
 * The tensor of a place is kept in one of two ways while it flows. A *chunk* is what was just made, and is gone when the next
 * step has read it. A *line buffer* keeps as much as a window over it, or an addition behind a branch, still has to read; it
 * is filled around and around.
 */
import type { FlowWindow } from '../../ir/flow.ts';
import { onAnyCore } from '../../ir/kernel-call.ts';
import type { MapShape } from '../../ir/shape.ts';
import { alignUp, FLOW_ALIGNMENT } from '../alignment.ts';
import type { FlowUnit } from '../schedule.ts';
import type { Chain, Link } from './chain.ts';
import {
  branchLag,
  compose,
  identityAxis,
  identityReach,
  inBlocks,
  type Reach,
  windowAxis,
  windowHistory,
} from './reach.ts';

/** A map in units of flow: `width` units of `unitBytes` a row. */
export interface Scaled {
  readonly height: number;
  readonly width: number;
  readonly unitBytes: number;
}

/** Of one place, or of the step behind it. Sizes in bytes unless named otherwise. */
export interface PlaceFacts {
  /** The map of the place. */
  readonly map: Scaled;
  /** Pixels or rows that the line buffer holds; null where a chunk does. */
  readonly bufferUnits: number | null;
  readonly bufferBytes: number;
  readonly chunkBytes: number;
}

/** Of one step. */
export interface StepFacts {
  readonly flows: boolean;
  /** Where the step is a window: what its outputs need of its input. */
  readonly reach: Reach | null;
  readonly reduces: boolean;
  /** Gathered windows of one chunk (im2col). */
  readonly columnBytes: number;
  readonly sumBytes: number;
  readonly scratchBytes: number;
}

/** By place and by step. */
export interface FlowFacts {
  readonly unit: FlowUnit;
  readonly places: readonly PlaceFacts[];
  readonly steps: readonly StepFacts[];
}

/** Pixels of a map that move at once, at most. */
export function chunkPixels(unit: FlowUnit, width: number): number {
  return unit.kind === 'rows' ? width : unit.count;
}

/**
 * Pixels of a map of `width` that a window computes at once, fewer only at the end of a row or of the map. Kernels read
 * their weights once a call, so that it waits until there are enough: a part of a row, or as many whole rows as there may be.
 */
export function blockPixels(unit: FlowUnit, width: number): number {
  const chunk = chunkPixels(unit, width);
  return chunk < width ? chunk : chunk - (chunk % width);
}

/** Rows of a map are one unit each, or as many as they have pixels. */
export function scaled(unit: FlowUnit, { height, width, channels }: MapShape): Scaled {
  return unit.kind === 'rows'
    ? { height, width: 1, unitBytes: width * channels }
    : { height, width, unitBytes: channels };
}

/** What the outputs of a window need of its input, in units of flow. */
export function windowReach(unit: FlowUnit, window: FlowWindow): Reach {
  const { input, output, kernel, stride, top, left } = window;
  const rows = windowAxis(input[0], output[0], { kernel: kernel[0], stride: stride[0], before: top });
  if (unit.kind === 'rows') return { height: input[0], width: 1, rows, columns: identityAxis(1) };
  const columns = windowAxis(input[1], output[1], { kernel: kernel[1], stride: stride[1], before: left });
  const block = blockPixels(unit, output[1]);
  return {
    height: input[0],
    width: input[1],
    rows: inBlocks(rows, Math.max(1, Math.floor(block / output[1]))),
    columns: inBlocks(columns, Math.min(block, output[1])),
  };
}

function stepFacts(unit: FlowUnit, { flow }: Link): StepFacts {
  const still = { flows: false, reach: null, reduces: false, columnBytes: 0, sumBytes: 0, scratchBytes: 0 };
  if (flow === null) return still;
  if (flow.kind === 'pixels') return { ...still, flows: true, scratchBytes: onAnyCore(flow.call.scratch) };
  if (flow.kind === 'reduce') return { ...still, flows: true, reduces: true, sumBytes: flow.sumBytes };
  const kernel = unit.kind === 'rows' ? flow.rows : (flow.pixels?.call ?? null);
  if (kernel === null) return still;
  const columns = unit.kind === 'rows' ? 0 : (flow.pixels?.columns?.bytes ?? 0);
  return {
    ...still,
    flows: true,
    reach: windowReach(unit, flow.window),
    columnBytes: columns * chunkPixels(unit, 1),
    scratchBytes: onAnyCore(kernel.scratch),
  };
}

/** Rows that still lie in a strip when its window has made all rows, with those behind them that nothing reads. */
function unreadRows(unit: FlowUnit, { flow }: Link): number {
  if (unit.kind !== 'rows' || flow?.kind !== 'window') return 0;
  const { input, output, stride, top } = flow.window;
  return input[0] - Math.min(Math.max(output[0] * stride[0] - top, 0), input[0]);
}

/** The reach from the map of place `from` to the main input of step `to`; null where a step between does not flow. */
function reachBetween(steps: readonly StepFacts[], map: Scaled, from: number, to: number): Reach | null {
  let reach = identityReach(map.height, map.width);
  for (const { flows, reach: own, reduces } of steps.slice(from, to)) {
    if (!flows || reduces) return null;
    if (own !== null) reach = compose(reach, own);
  }
  return reach;
}

/** Facts of a chain for one unit of flow. */
export function flowFacts({ links, tensors }: Chain, unit: FlowUnit): FlowFacts {
  const steps = links.map(link => stepFacts(unit, link));
  const maps = tensors.map((_, place) =>
    scaled(unit, place < links.length ? links[place]!.input : links[place - 1]!.output),
  );
  const arriving = unit.kind === 'rows' ? 1 : unit.count;
  const kept = maps.map((_, place) => {
    const reach = steps[place]?.reach ?? null;
    return reach === null ? -1 : Math.max(windowHistory(reach), unreadRows(unit, links[place]!) - 1);
  });
  links.forEach(({ lateFrom }, i) => {
    if (lateFrom === null || !steps[i]!.flows) return;
    const reach = reachBetween(steps, maps[lateFrom]!, lateFrom, i);
    const lag = reach === null ? null : branchLag(reach);
    // A strip drops what its window has read, so that it cannot serve an addition as well.
    const inStrip = unit.kind === 'rows' && steps[lateFrom]!.reach !== null;
    if (lag === null || inStrip) steps[i] = { ...steps[i]!, flows: false };
    else kept[lateFrom] = Math.max(kept[lateFrom]!, lag);
  });
  const places = maps.map((map, place): PlaceFacts => {
    const all = map.height * map.width;
    const units = kept[place]! < 0 ? null : Math.min(all, kept[place]! + arriving);
    return {
      map,
      bufferUnits: units,
      bufferBytes: units === null ? 0 : alignUp(units * map.unitBytes, FLOW_ALIGNMENT),
      chunkBytes: Math.min(all, arriving) * map.unitBytes,
    };
  });
  return { unit, places, steps };
}
