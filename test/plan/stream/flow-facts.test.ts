/** What each place and step of a flow takes: chunks, line buffers, strips of whole rows that slide, and what cannot flow. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TensorId } from '../../../src/ir/units.ts';
import type { FlowUnit } from '../../../src/plan/schedule.ts';
import { selectKernels } from '../../../src/plan/select-kernels.ts';
import { chainOf } from '../../../src/plan/stream/chain.ts';
import { blockPixels, chunkPixels, type FlowFacts, flowFacts, scaled } from '../../../src/plan/stream/flow-facts.ts';
import { quantizePlainly } from '../../support/plain-networks.ts';
import { holds } from '../../support/property.ts';
import { type SmallGraph, smallGraph } from '../../support/small-graphs.ts';
import { awaited, type StubStage, sameWindow, stubChain, windows } from './windows.ts';

const pixels = (count: number): FlowUnit => ({ kind: 'pixels', count });
const rows: FlowUnit = { kind: 'rows' };

function factsOf(
  unit: FlowUnit,
  describeGraph: (small: SmallGraph) => TensorId,
  kernels: 'portable' | 'cmsis-nn' = 'portable',
): FlowFacts {
  const small = smallGraph([1, 6, 6, 4]);
  const graph = quantizePlainly(small.builder.finish(describeGraph(small)));
  return flowFacts(chainOf(graph, selectKernels(graph, kernels)), unit);
}

test('a chunk is a row or a number of pixels, and a block as many whole rows as it has room for', () => {
  expect([chunkPixels(rows, 7), chunkPixels(pixels(4), 7)]).toEqual([7, 4]);
  expect([
    blockPixels(rows, 7),
    blockPixels(pixels(4), 7),
    blockPixels(pixels(7), 7),
    blockPixels(pixels(16), 7),
  ]).toEqual([7, 4, 7, 14]);
  const map = { batch: 1, height: 5, width: 7, channels: 3 };
  expect(scaled(rows, map)).toEqual({ height: 5, width: 1, unitBytes: 21 });
  expect(scaled(pixels(4), map)).toEqual({ height: 5, width: 7, unitBytes: 3 });
});

/** Rows that a strip holds at most, where rows come one at a time and leave when no later row reads them. */
function stripOf({ input, output, stride, top, kernel }: ReturnType<typeof sameWindow>): number {
  const window = { input, output, stride, top, kernel, left: 0 };
  const firstOf = (row: number): number => Math.min(Math.max(row * stride[0] - top, 0), input[0]);
  const strip: number[] = [];
  let [most, made] = [0, 0];
  for (let row = 0; row < input[0]; row += 1) {
    strip.push(row);
    most = Math.max(most, strip.length);
    while (made < output[0] && awaited(window, 0, made).every(needed => needed <= row)) {
      for (const needed of awaited(window, 0, made)) expect(strip).toContain(needed);
      made += 1;
      strip.splice(0, firstOf(made) - firstOf(made - 1));
    }
  }
  expect(made).toBe(output[0]);
  return most;
}

test('a strip of rows is exactly as long as the program needs it, with the rows that nothing reads at the end', () => {
  // Kernels over rows exist where no row is skipped and no window lies in the padding alone.
  const flowing = windows().filter(
    ({ input, output, kernel, stride, top }) =>
      kernel[0] >= stride[0] && kernel[0] > top && (output[0] - 1) * stride[0] - top < input[0],
  );
  holds(
    fc.property(flowing, window => {
      const [height, width] = window.input;
      const { places } = flowFacts(stubChain({ height, width, channels: 3 }, [{ stage: window, channels: 2 }]), rows);
      expect(places[0]!.bufferUnits).toBe(stripOf(window));
      expect(places[0]!.bufferBytes).toBe(Math.ceil((places[0]!.bufferUnits! * width * 3) / 4) * 4);
    }),
    400,
  );
});

describe('places', () => {
  test('3×3 over 6×6×4 and pointwise: two rows and a few pixels, then chunks', () => {
    const { places, steps } = factsOf(pixels(4), g => g.conv('b', g.conv('a', g.input), { kernel: 1, outputs: 5 }));
    // Blocks of four reach one pixel further than they hold, and four arrive.
    expect(places.map(place => place.bufferUnits)).toEqual([2 * 6 + 4 + 4, null, null]);
    expect(places.map(place => place.bufferBytes)).toEqual([20 * 4, 0, 0]);
    expect(places.map(place => place.chunkBytes)).toEqual([16, 16, 20]);
    expect(steps.map(step => [step.flows, step.reach !== null, step.columnBytes])).toEqual([
      [true, true, 4 * 9 * 4],
      [true, false, 0],
    ]);
  });

  test('in rows: three of them, and nothing is gathered', () => {
    const { places, steps } = factsOf(rows, g => g.conv('b', g.conv('a', g.input), { kernel: 1 }), 'cmsis-nn');
    expect(places.map(place => place.bufferUnits)).toEqual([3, null, null]);
    expect(places[0]!.bufferBytes).toBe(3 * 6 * 4);
    expect(steps[0]!.columnBytes).toBe(0);
    expect(steps[0]!.scratchBytes).toBeGreaterThan(0);
  });

  test('a line buffer is never longer than the map, and one that nothing has to wait for is none', () => {
    const stages: StubStage[] = [{ stage: sameWindow([3, 3], 7), channels: 1 }];
    const { places } = flowFacts(stubChain({ height: 3, width: 3, channels: 1 }, stages), pixels(64));
    expect(places.map(place => [place.bufferUnits, place.chunkBytes])).toEqual([
      [9, 9],
      [null, 9],
    ]);
  });
});

describe('a residual', () => {
  const residual = (unit: FlowUnit): FlowFacts =>
    factsOf(unit, g => {
      const source = g.conv('source', g.input, { kernel: 1 });
      const expanded = g.conv('expanded', source, { kernel: 1, outputs: 9 });
      return g.add('sum', source, g.conv('projected', g.depthwise('filtered', expanded), { kernel: 1 }));
    });

  test('keeps its source as long as the branch lags', () => {
    // A pixel comes out when the one of the next row and the next column has arrived.
    expect(residual(pixels(1)).places.map(place => place.bufferUnits)).toEqual([
      null,
      6 + 1 + 1,
      2 * 6 + 2 + 1,
      null,
      null,
      null,
    ]);
    expect(residual(rows).places.map(place => place.bufferUnits)).toEqual([null, 2, 3, null, null, null]);
  });

  const overWindow = (unit: FlowUnit): FlowFacts =>
    factsOf(unit, g => g.add('sum', g.input, g.depthwise('filtered', g.input)));

  test('over a window keeps what either reads; a strip of rows can only serve one of them', () => {
    expect(overWindow(pixels(1)).places[0]!.bufferUnits).toBe(2 * 6 + 3);
    expect(overWindow(pixels(1)).steps.map(step => step.flows)).toEqual([true, true]);
    expect(overWindow(rows).steps.map(step => step.flows)).toEqual([true, false]);
  });

  test('does not flow where its branch comes out before its source', () => {
    const early = { ...sameWindow([6, 6], 3), top: 3 };
    const stages: StubStage[] = [
      { stage: early, channels: 2 },
      { stage: 'pixels', channels: 2, lateFrom: 0 },
    ];
    const { steps } = flowFacts(stubChain({ height: 6, width: 6, channels: 2 }, stages), pixels(2));
    expect(steps.map(step => step.flows)).toEqual([true, false]);
  });
});

test('a reduction flows and keeps its sums; a reshape and what needs the whole map do not', () => {
  const small = smallGraph([1, 6, 6, 4]);
  const pooled = small.builder.add(
    'averagePool',
    'pool',
    [small.conv('a', small.input)],
    { window: 'global', activation: null },
    {},
  );
  const dense = small.dense('dense', small.reshape('flat', pooled, [1, 4]), 3);
  const graph = quantizePlainly(small.builder.finish(dense));
  for (const unit of [pixels(8), rows]) {
    const { steps } = flowFacts(chainOf(graph, selectKernels(graph, 'portable')), unit);
    expect(steps.map(step => [step.flows, step.reduces, step.sumBytes])).toEqual([
      [true, false, 0],
      [true, true, 16],
      [false, false, 0],
      [false, false, 0],
    ]);
  }
});

test('a kernel that exists for rows only does not flow in pixels, and the other way round', () => {
  const grouped = (unit: FlowUnit): boolean[] =>
    factsOf(unit, g => {
      const weights = new Float32Array(4 * 2 * 9);
      const attributes = {
        kernel: [3, 3],
        stride: [1, 1],
        padding: 'same',
        outputChannels: 4,
        groups: 2,
        activation: null,
      } as const;
      return g.builder.add('conv2d', 'grouped', [g.input], attributes, { weights, bias: new Float32Array(4) });
    }).steps.map(step => step.flows);
  expect([grouped(pixels(4)), grouped(rows)]).toEqual([[false], [true]]);
  const skipping = (unit: FlowUnit): boolean[] =>
    factsOf(unit, g => g.conv('skipping', g.input, { kernel: 1, stride: 2 })).steps.map(step => step.flows);
  expect([skipping(pixels(4)), skipping(rows)]).toEqual([[true], [false]]);
});
