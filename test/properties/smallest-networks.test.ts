/**
 * Networks at the edge of what flows: one pixel, one layer, one row and one column, windows of one row whose padding makes
 * further rows, under every place of the input.
 */
import { expect, test } from 'vitest';
import { executedLayers } from '../../src/codegen/program.ts';
import { SnugError } from '../../src/diagnostics/diagnostic.ts';
import { graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { runInt8 } from '../../src/interpreter/run-int8.ts';
import type { Shape } from '../../src/ir/shape.ts';
import { INPUT_MODES } from '../../src/plan/schedule.ts';
import { type BatchItem, expectTrace, runBatch } from '../support/host-batch.ts';
import { normals } from '../support/operators.ts';
import { quantizedProgram, replanned } from '../support/quantized.ts';
import { smallGraph } from '../support/small-graphs.ts';

const SHAPES: readonly Shape[] = [
  [1, 1, 1, 4],
  [1, 1, 9, 3],
  [1, 9, 1, 3],
  [1, 2, 2, 1],
];

/** Padding in pixels: above and below, left and right. */
type Sides = readonly [top: number, bottom: number, left: number, right: number];

/** Input width, input channels, kernel, strides, padding; all but the last three make several rows of one. */
const ROW_WINDOWS: readonly (readonly [number, number, number, readonly [number, number], Sides])[] = [
  [4, 2, 3, [1, 1], [0, 1, 0, 0]],
  [4, 4, 3, [1, 1], [1, 0, 0, 0]],
  [7, 1, 5, [1, 2], [2, 3, 1, 2]],
  [6, 4, 2, [2, 1], [2, 2, 0, 1]],
  [5, 3, 3, [3, 1], [1, 5, 1, 1]],
  [4, 4, 3, [1, 1], [0, 0, 2, 2]],
  [5, 2, 3, [2, 2], [0, 1, 1, 0]],
  [5, 1, 3, [3, 1], [1, 0, 1, 0]],
];

/** One layer with a window of one row over a map of one row. */
function rowWindow(
  kind: 'conv2d' | 'grouped' | 'depthwise',
  multiplier: number,
  [width, channels, kernel, stride, [top, bottom, left, right]]: (typeof ROW_WINDOWS)[number],
): Graph<'float'> {
  const inputs = kind === 'grouped' ? 2 * channels : channels;
  const builder = graphBuilder('row_window', 'seeded');
  const input = builder.input('input', [1, 1, width, inputs]);
  const window = { kernel: [1, kernel], stride, padding: { top, bottom, left, right } } as const;
  const outputs = kind === 'depthwise' ? inputs * multiplier : 4;
  const perOutput = kernel * (kind === 'depthwise' ? 1 : channels);
  const parameters = { weights: normals([outputs * perOutput], 1).data, bias: normals([outputs], 2).data };
  const groups = kind === 'grouped' ? 2 : 1;
  const layer =
    kind === 'depthwise'
      ? builder.add('depthwiseConv2d', 'layer', [input], { ...window, multiplier, activation: null }, parameters)
      : builder.add(
          'conv2d',
          'layer',
          [input],
          { ...window, outputChannels: outputs, groups, activation: null },
          parameters,
        );
  return builder.finish(layer);
}

/** The network under every place of the input, in pixels and in rows, and layer by layer. */
function everyWay(graph: Graph<'float'>, name: string, seed: number): readonly BatchItem[] {
  const { program, inputs } = quantizedProgram(graph, { name, seed });
  const flowing = INPUT_MODES.flatMap(input =>
    (['portable', 'cmsis-nn'] as const).flatMap(kernels => {
      const unit = kernels === 'portable' ? 'pixels' : 'rows';
      try {
        const planned = replanned(program, {
          name: `${name}_${input}_${unit}`,
          kernels,
          stream: { input, budgetBytes: null },
        });
        return [{ ...planned, kernels: 'portable' as const }];
      } catch (error) {
        // A first layer that does not flow takes no streamed input.
        if (error instanceof SnugError && error.diagnostics[0]!.code === 'SNUG601' && input === 'streamed') return [];
        throw error;
      }
    }),
  );
  return [program, ...flowing].map(each => ({ program: each, inputs }));
}

test('a window of one row over one row gives the interpreter’s bytes, however many rows its padding makes', async () => {
  const items = ROW_WINDOWS.flatMap((layer, i) => [
    ...everyWay(rowWindow('conv2d', 1, layer), `row_conv_${i}`, i),
    ...everyWay(rowWindow('grouped', 1, layer), `row_grouped_${i}`, i),
    ...everyWay(rowWindow('depthwise', 1, layer), `row_depthwise_${i}`, i),
    ...everyWay(rowWindow('depthwise', 3, layer), `row_multiplied_${i}`, i),
  ]);
  const traces = await runBatch(items);
  items.forEach(({ program, inputs }, i) => {
    inputs.forEach((input, run) => {
      expectTrace(program, input, traces[i]![run]!);
    });
  });
});

test('they give the interpreter’s bytes, in pixels and in rows', async () => {
  const items = SHAPES.flatMap((shape, i) => {
    return [0, 1].flatMap(depth => {
      const again = smallGraph(shape);
      const one = again.conv('first', again.input, { kernel: 1 });
      const end = depth === 0 ? one : again.conv('last', again.depthwise('middle', one), { kernel: 3, stride: 2 });
      const { program, inputs } = quantizedProgram(again.builder.finish(end), { name: `tiny_${i}_${depth}`, seed: i });
      return INPUT_MODES.flatMap(input =>
        (['portable', 'cmsis-nn'] as const).map(kernels => {
          const name = `${program.name}_${input}_${kernels === 'portable' ? 'pixels' : 'rows'}`;
          const planned = replanned(program, { name, kernels, stream: { input, budgetBytes: null } });
          return { program: { ...planned, kernels: 'portable' as const }, inputs };
        }),
      );
    });
  });
  const traces = await runBatch(items);
  items.forEach(({ program, inputs }, i) => {
    inputs.forEach((input, run) => {
      const made = new Map<number, Int8Array>();
      runInt8(program.graph, input, (tensor, data) => made.set(tensor, data));
      for (const { number, step } of executedLayers(program.plan)) {
        const where = `${program.name}, layer ${step.node.name}`;
        expect(traces[i]![run]!.get(number), where).toEqual(made.get(step.node.output));
      }
    });
  });
});
