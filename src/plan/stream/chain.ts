/**
 * The network as a chain: its steps in order, and the places between them where a single tensor crosses. Only there may a
 * schedule cut, and only between two such places may layers flow.
 */
import { type Graph, inputShapes, int8Bytes, tensorOf } from '../../graph/graph.ts';
import type { Flow } from '../../ir/flow.ts';
import { type MapShape, mapShape } from '../../ir/shape.ts';
import type { TensorId } from '../../ir/units.ts';
import { floatOperator, foldedOperator } from '../../ops/index.ts';
import type { Step } from '../select-kernels.ts';

/** What an activation costs beside multiply-accumulates: it is requantized and stored. */
const ACTIVATION_WORK = 8;

/** A step with what planning asks of it. */
export interface Link {
  readonly step: Step;
  readonly flow: Flow | null;
  /** Maps that it reads through its first and makes; a vector is a map of one pixel. */
  readonly input: MapShape;
  readonly output: MapShape;
  readonly outputBytes: number;
  /**
   * Which of its inputs is the tensor that the step before made, and where the other one of two comes from: the place whose
   * tensor it is. Null where the step does not continue the chain.
   */
  readonly main: number | null;
  readonly lateFrom: number | null;
  readonly macs: number;
  /** Multiply-accumulates, and a little for each activation, so that additions and pooling are not free. */
  readonly work: number;
  /** True where the output may lie over the main input. */
  readonly inPlace: boolean;
}

/**
 * Place p lies in front of step p; the last one behind all steps. The tensor of a place is what the step before it made,
 * the network's input at place 0.
 */
export interface Chain {
  readonly links: readonly Link[];
  /** By place. */
  readonly tensors: readonly TensorId[];
  readonly tensorBytes: readonly number[];
  /** True where no other tensor is read behind the place. */
  readonly cut: readonly boolean[];
}

/** The last step that reads each tensor; a step that only renames its input is one that reads it. */
function lastReaders(steps: readonly Step[], tensors: number): Int32Array {
  const last = new Int32Array(tensors).fill(-1);
  steps.forEach(({ node }, i) => {
    for (const id of node.inputs) last[id] = i;
  });
  return last;
}

/** Describes the steps of a graph, in their order. */
export function chainOf(graph: Graph<'quantized'>, steps: readonly Step[]): Chain {
  const tensors = [graph.input, ...steps.map(({ node }) => node.output)];
  const placeOf = new Map(tensors.map((id, place) => [id, place]));
  const last = lastReaders(steps, graph.tensors.length);
  const cut = tensors.map((_, place) => {
    if (place === steps.length) return true;
    return tensors.every((id, made) => made >= place || last[id]! < place);
  });
  const links = steps.map((step, i): Link => {
    const { node } = step;
    const main = node.inputs.indexOf(tensors[i]!);
    const others = node.inputs.filter((_, index) => index !== main);
    const output = tensorOf(graph, node.output);
    const macs = floatOperator(node.kind).macs(node.attributes as never, inputShapes(graph, node), output.shape);
    return {
      step,
      flow: main < 0 || others.length > 1 ? null : step.flow,
      input: mapShape(tensorOf(graph, node.inputs[Math.max(main, 0)]!).shape),
      output: mapShape(output.shape),
      outputBytes: int8Bytes(output),
      main: main < 0 ? null : main,
      lateFrom: others.length === 1 ? placeOf.get(others[0]!)! : null,
      macs,
      work: macs + ACTIVATION_WORK * int8Bytes(output),
      inPlace: foldedOperator(node.kind).inPlace,
    };
  });
  return { links, tensors, tensorBytes: tensors.map(id => int8Bytes(tensorOf(graph, id))), cut };
}
