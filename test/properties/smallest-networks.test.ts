/** Networks at the edge of what flows: one pixel, one layer, one row and one column, under every place of the input. */
import { expect, test } from 'vitest';
import { executedLayers } from '../../src/codegen/program.ts';
import { runInt8 } from '../../src/interpreter/run-int8.ts';
import type { Shape } from '../../src/ir/shape.ts';
import { INPUT_MODES } from '../../src/plan/schedule.ts';
import { runBatch } from '../support/host-batch.ts';
import { quantizedProgram, replanned } from '../support/quantized.ts';
import { smallGraph } from '../support/small-graphs.ts';

const SHAPES: readonly Shape[] = [
  [1, 1, 1, 4],
  [1, 1, 9, 3],
  [1, 9, 1, 3],
  [1, 2, 2, 1],
];

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
