/** How much each part of a program is used: what decides who gets the fastest memory. */
import { type Graph, inputShapes, int8Bytes, tensorOf } from '../../graph/graph.ts';
import type { TensorId } from '../../ir/units.ts';
import { floatOperator } from '../../ops/index.ts';
import type { Step } from '../select-kernels.ts';

/** How often a step reads a byte of its input: a window once for each of its taps that a byte is under. */
function readsOf({ flow }: Step): number {
  if (flow?.kind !== 'window') return 1;
  const { kernel, stride } = flow.window;
  return Math.max(1, (kernel[0] * kernel[1]) / (stride[0] * stride[1]));
}

/** Bytes that are written to and read from each tensor for one picture. */
export function trafficOf(graph: Graph<'quantized'>, steps: readonly Step[]): ReadonlyMap<TensorId, number> {
  const times = new Map<TensorId, number>([[graph.input, 1], ...steps.map(({ node }) => [node.output, 1] as const)]);
  for (const step of steps) {
    for (const id of step.node.inputs) times.set(id, times.get(id)! + readsOf(step));
  }
  return new Map([...times].map(([id, count]) => [id, count * int8Bytes(tensorOf(graph, id))]));
}

/** Multiply-accumulates of a step: each of them reads a weight. */
export function macsOf(graph: Graph<'quantized'>, { node }: Step): number {
  const output = tensorOf(graph, node.output).shape;
  return floatOperator(node.kind).macs(node.attributes as never, inputShapes(graph, node), output);
}
