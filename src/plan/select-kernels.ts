/** Chooses the kernel of every layer before memory is planned, because scratch depends on the kernel. */
import type { Graph, Node, Tensor } from '../graph/graph.ts';
import type { Flow } from '../ir/flow.ts';
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
  /** How it works on a part of its map; null where it cannot. */
  readonly flow: Flow | null;
}

/** The portable kernels work without scratch. */
function withoutScratch(call: KernelCall): KernelCall {
  return { ...call, scratch: NO_SCRATCH };
}

function flowWithoutScratch(flow: Flow | null): Flow | null {
  if (flow?.kind === 'pixels') return { ...flow, call: withoutScratch(flow.call) };
  if (flow?.kind === 'window') return { ...flow, rows: flow.rows === null ? null : withoutScratch(flow.rows) };
  return flow;
}

/** Lowers every node, in order. Scratch is sized for CMSIS-NN except with `portable`. */
export function selectKernels(graph: Graph<'quantized'>, kernels: KernelChoice): readonly Step[] {
  const infoOf = (id: number): TensorInfo => graph.tensors[id] as Tensor<'quantized'>;
  return graph.nodes.map(node => {
    const operator = foldedOperator(node.kind) as Operator<OpSpec>;
    const described = {
      attributes: node.attributes,
      parameters: node.parameters,
      inputs: node.inputs.map(infoOf),
      output: infoOf(node.output),
    };
    const lowering = operator.lower(described);
    if (lowering.kind === 'alias') return { node, call: null, flow: null };
    const flow = operator.flow?.(described, lowering.call) ?? null;
    if (kernels !== 'portable') return { node, call: lowering.call, flow };
    return { node, call: withoutScratch(lowering.call), flow: flowWithoutScratch(flow) };
  });
}
