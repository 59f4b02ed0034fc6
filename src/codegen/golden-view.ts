/** The views of the golden test, and the vectors it compares with. */
import type { Graph } from '../graph/graph.ts';
import { runInt8 } from '../interpreter/run-int8.ts';
import { bytesOf, fnv1a } from '../numerics/fnv1a.ts';
import type { MemoryPlan } from '../plan/memory-plan.ts';
import { wrapValues } from './format.ts';
import { executedLayers, fileView, type GoldenVector, type Program } from './program.ts';
import type { GoldenView } from './views.ts';

/** Runs the int8 interpreter over one input and keeps the checksum of every executed layer. */
export function goldenVector(graph: Graph<'quantized'>, plan: MemoryPlan, input: Int8Array): GoldenVector {
  const checksums = new Map<number, number>();
  const output = runInt8(graph, input, (tensor, data) => checksums.set(tensor, fnv1a(bytesOf(data))));
  const layers = executedLayers(plan).map(({ step }) => checksums.get(step.node.output)!);
  return { input, output, layers };
}

/** The golden vectors of a program as C initializers. */
export function goldenView(program: Program): GoldenView {
  const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}u`;
  return {
    ...fileView(program),
    vectorCount: program.golden.length,
    vectors: program.golden.map(({ input, output, layers }) => ({
      input: wrapValues(input, '        '),
      output: wrapValues(output, '        '),
      layers: wrapValues(layers.map(hex), '        '),
    })),
  };
}
