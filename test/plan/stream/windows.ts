/**
 * Windows for properties, chains of them without a network around them, and a flow through such a chain: which pixels each
 * step works on, and when. Written from the definitions, so that what is planned can be held against it.
 */
import fc from 'fast-check';
import type { FlowWindow } from '../../../src/ir/flow.ts';
import type { KernelCall } from '../../../src/ir/kernel-call.ts';
import { bytes, tensorId } from '../../../src/ir/units.ts';
import type { Step } from '../../../src/plan/select-kernels.ts';
import type { Chain, Link } from '../../../src/plan/stream/chain.ts';

/** Sizes along one side. */
export interface Side {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly before: number;
  readonly after: number;
}

export const outputOf = ({ input, kernel, stride, before, after }: Side): number =>
  Math.floor((input + before + after - kernel) / stride) + 1;

export function sides(longest = 12): fc.Arbitrary<Side> {
  return fc
    .record({
      input: fc.integer({ min: 1, max: longest }),
      kernel: fc.constantFrom(1, 3, 5, 7),
      stride: fc.integer({ min: 1, max: 3 }),
      before: fc.integer({ min: 0, max: 3 }),
      after: fc.integer({ min: 0, max: 3 }),
    })
    .filter(side => outputOf(side) >= 1);
}

export function windowFrom(rows: Side, columns: Side): FlowWindow {
  return {
    input: [rows.input, columns.input],
    output: [outputOf(rows), outputOf(columns)],
    kernel: [rows.kernel, columns.kernel],
    stride: [rows.stride, columns.stride],
    top: rows.before,
    left: columns.before,
  };
}

export const windows = (longest?: number): fc.Arbitrary<FlowWindow> =>
  fc.tuple(sides(longest), sides(longest)).map(([rows, columns]) => windowFrom(rows, columns));

/** A window of stride 1 that keeps the size of its map. */
export const sameWindow = (
  size: readonly [number, number],
  kernel: number,
  top: number = (kernel - 1) / 2,
): FlowWindow => ({
  ...{ input: size, output: size, kernel: [kernel, kernel], stride: [1, 1] },
  ...{ top, left: (kernel - 1) / 2 },
});

/** As whole rows see it: a map of one column. */
export const inRows = ({ input, output, kernel, stride, top }: FlowWindow): FlowWindow => ({
  ...{ input: [input[0], 1], output: [output[0], 1], kernel: [kernel[0], 1], stride: [stride[0], 1], top, left: 0 },
});

/** Positions along one side that lie under a window and inside of the map. */
export function under(window: FlowWindow, axis: 0 | 1, output: number): readonly number[] {
  const start = output * window.stride[axis] - (axis === 0 ? window.top : window.left);
  const taps = Array.from({ length: window.kernel[axis] }, (_, tap) => start + tap);
  return taps.filter(position => position >= 0 && position < window.input[axis]);
}

/** Those that the window waits for: where it lies in the padding alone, the nearest position of the map. */
export function awaited(window: FlowWindow, axis: 0 | 1, output: number): readonly number[] {
  const inside = under(window, axis, output);
  const start = output * window.stride[axis] - (axis === 0 ? window.top : window.left);
  return inside.length > 0 ? inside : [start < 0 ? 0 : window.input[axis] - 1];
}

/** Input pixels under the window of one output pixel. */
export function pixelsUnder(window: FlowWindow, output: number, which: typeof under = under): readonly number[] {
  const [y, x] = [Math.floor(output / window.output[1]), output % window.output[1]];
  return which(window, 0, y).flatMap(row => which(window, 1, x).map(column => row * window.input[1] + column));
}

/** How many output pixels from `position` on are computed together where `most` pixels move at once. */
export function blockAt({ output: [height, width] }: FlowWindow, position: number, most: number): number {
  if (most < width) return Math.min(most, width - (position % width));
  return Math.min(Math.floor(most / width) * width, height * width - position);
}

/** A step that works pixel by pixel, or a window. */
export type Stage = 'pixels' | FlowWindow;

/** What a step works on: `count` pixels of its output from `position` on; step −1 is the arrival of input. */
export type Visit = (step: number, position: number, count: number) => void;

/**
 * A flow of `most` pixels at once. Whenever input has arrived, every window computes what it can before the one in front of
 * it goes on.
 * @param arriving how many pixels arrive at once, in the order in which they do; null where the input is there from the start
 */
export function flowThrough(
  stages: readonly Stage[],
  most: number,
  arriving: readonly number[] | null,
  visit: Visit,
): void {
  const starts = [0, ...stages.flatMap((stage, i) => (stage === 'pixels' ? [] : [i])), stages.length];
  const made = starts.slice(0, -1).map(() => 0);
  const segment = (index: number, count: number): void => {
    const position = made[index]!;
    for (let step = starts[index]!; step < starts[index + 1]!; step += 1) visit(step, position, count);
    made[index] = position + count;
  };
  const advance = (index: number): void => {
    if (index >= made.length) return;
    const window = stages[starts[index]!] as FlowWindow;
    const all = window.output[0] * window.output[1];
    for (;;) {
      const count = Math.min(blockAt(window, made[index]!, most), all - made[index]!);
      const block = Array.from({ length: count }, (_, i) => made[index]! + i);
      const waits = block.some(output => pixelsUnder(window, output, awaited).some(pixel => pixel >= made[index - 1]!));
      if (count === 0 || waits) return;
      segment(index, count);
      advance(index + 1);
    }
  };
  if (arriving === null) {
    const [first] = stages;
    made[0] = first === undefined || first === 'pixels' ? 0 : first.input[0] * first.input[1];
    advance(1);
    return;
  }
  for (const count of arriving) {
    visit(-1, made[0]!, count);
    segment(0, count);
    advance(1);
  }
}

/** Divides `all` pixels into arrivals of at most `most`, as `draw` says. */
export function split(all: number, most: number, draw: (room: number) => number): readonly number[] {
  const arriving: number[] = [];
  for (let left = all; left > 0; left -= arriving.at(-1)!) arriving.push(draw(Math.min(most, left)));
  return arriving;
}

const NO_CALL = { scratch: { c: bytes(0), dsp: bytes(0), mve: bytes(0) } } as KernelCall;

/** A step of a chain without a netmacs: 0,
    work: what it does, its channels, and where its second operand comes from. */
export interface StubStage {
  readonly stage: Stage;
  readonly channels: number;
  readonly lateFrom?: number;
  readonly inPlace?: boolean;
}

/** A chain of which only shapes and windows are known. */
export function stubChain(
  input: { height: number; width: number; channels: number },
  stages: readonly StubStage[],
): Chain {
  let map = { batch: 1, ...input };
  const links = stages.map(({ stage, channels, lateFrom = null, inPlace = false }, i): Link => {
    const before = map;
    const [height, width] = stage === 'pixels' ? [map.height, map.width] : stage.output;
    map = { batch: 1, height, width, channels };
    const flow: Link['flow'] =
      stage === 'pixels'
        ? { kind: 'pixels', call: NO_CALL }
        : { kind: 'window', window: stage, pixels: { call: NO_CALL, columns: null }, rows: NO_CALL };
    const step = { node: { name: `step ${i}` }, call: NO_CALL, flow } as Step;
    return {
      step,
      flow,
      input: before,
      output: map,
      outputBytes: height * width * channels,
      macs: 0,
      work: 0,
      main: 0,
      lateFrom,
      inPlace,
    };
  });
  const sizes = [input.height * input.width * input.channels, ...links.map(link => link.outputBytes)];
  return { links, tensors: sizes.map((_, i) => tensorId(i)), tensorBytes: sizes, cut: sizes.map(() => true) };
}
