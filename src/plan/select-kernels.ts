/** Chooses the kernel of every layer before memory is planned, because scratch depends on the kernel. */
import type { Graph, Node, Tensor } from '../graph/graph.ts';
import type { KernelCall } from '../ir/kernel-call.ts';
import { foldedOperator } from '../ops/index.ts';
import { NO_SCRATCH } from '../ops/lowering.ts';
import type { Operator, OpSpec, TensorInfo } from '../ops/operator.ts';

/**
 * `portable`: the C99 kernels that come with the output; `cmsis-nn`: the user's library, nothing else is emitted; `auto`:
 * the portable kernels are emitted and scratch is sized so that the library may take their place.
 */
export type KernelChoice = 'portable' | 'cmsis-nn' | 'auto';

/** All choices, for flags and for the checks of files. */
export const KERNEL_CHOICES: readonly KernelChoice[] = ['portable', 'cmsis-nn', 'auto'];

/** One node in execution order; `call` is null where the node only renames its input. */
export interface Step {
  readonly node: Node<'quantized'>;
  readonly call: KernelCall | null;
}

/** Lowers every node, in order. Scratch is sized for CMSIS-NN except with `portable`. */
export function selectKernels(graph: Graph<'quantized'>, kernels: KernelChoice): readonly Step[] {
  const infoOf = (id: number): TensorInfo => graph.tensors[id] as Tensor<'quantized'>;
  return graph.nodes.map(node => {
    const operator = foldedOperator(node.kind) as Operator<OpSpec>;
    const lowering = operator.lower({
      attributes: node.attributes,
      parameters: node.parameters,
      inputs: node.inputs.map(infoOf),
      output: infoOf(node.output),
    });
    if (lowering.kind === 'alias') return { node, call: null };
    // The portable kernels work without scratch.
    return { node, call: kernels === 'portable' ? { ...lowering.call, scratch: NO_SCRATCH } : lowering.call };
  });
}
