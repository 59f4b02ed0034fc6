/**
 * A network that comes quantized, with biases of all of int32 and a mean of its own quantization: the C puts out the
 * interpreter's bytes in every layer, layer by layer and flowing.
 */
import { expect, test } from 'vitest';
import type { Program } from '../../src/codegen/program.ts';
import { loadModel } from '../../src/frontends/index.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { runInt8 } from '../../src/interpreter/run-int8.ts';
import { elementsOf } from '../../src/ir/shape.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { planMemory } from '../../src/plan/memory-plan.ts';
import { INPUT_MODES, scheduleLayers } from '../../src/plan/schedule.ts';
import { selectKernels } from '../../src/plan/select-kernels.ts';
import { expectTrace, runBatch } from '../support/host-batch.ts';
import { replanned } from '../support/quantized.ts';
import { largeBiases } from '../support/tflite-networks.ts';
import { tfliteModel } from '../support/tflite-writer.ts';

test('large biases and a mean, under every schedule', async () => {
  const loaded = await loadModel({ path: 'net.tflite', bytes: tfliteModel(largeBiases()) });
  const graph = loaded.graph as Graph<'quantized'>;
  const random = seededRandom(5);
  const length = elementsOf(graph.tensors[graph.input]!.shape);
  const inputs = [0, 1].map(() => Int8Array.from({ length }, () => random.integer(256) - 128));

  const made = new Map<string, Int8Array>();
  runInt8(graph, inputs[0]!, (tensor, data) => made.set(graph.tensors[tensor]!.name, data));
  const names = graph.nodes.map(({ name }) => name);
  expect(names).toEqual(['c', 'd', 'p', 'm', 'y']);
  // Both halves of the range, so that a sum that overflows would show.
  expect(new Set([...made.get('d')!.subarray(0, 20)].map(Math.sign))).toEqual(new Set([-1, 1]));
  expect(new Set(made.get('y')!).size).toBeGreaterThan(2);

  const plan = planMemory(graph, scheduleLayers(selectKernels(graph, 'auto')));
  const options = { version: '0.0.0', kernels: 'auto', pixels: null, golden: [] } as const;
  const layers: Program = { name: 'layers', graph, plan, ...options };
  const flowing = INPUT_MODES.flatMap(input =>
    (['portable', 'cmsis-nn'] as const).map(kernels => {
      const name = `${input}_${kernels === 'portable' ? 'pixels' : 'rows'}`;
      const program = replanned(layers, { name, kernels, stream: { input, budgetBytes: null } });
      return { ...program, kernels: 'portable' as const };
    }),
  );
  const items = [layers, ...flowing].map(program => ({ program, inputs }));
  const traces = await runBatch(items);
  items.forEach(({ program }, i) => {
    expect(traces[i]!.length, program.name).toBe(inputs.length);
    for (const [run, input] of inputs.entries()) expectTrace(program, input, traces[i]![run]!);
  });
});
