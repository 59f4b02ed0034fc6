/**
 * A quantized graph without weights and pictures. Kernels, schedules, memory and tables depend on shapes alone, so that
 * constants of the right size and an invented range do for planning; such a graph must not be emitted for use.
 */
import type { Graph, Node } from '../graph/graph.ts';
import { rangeOf } from '../numerics/statistics.ts';
import { applyStatistics } from './calibrate.ts';
import { foldPads } from './fold-pads.ts';
import { foldGraph } from './index.ts';
import { quantize } from './quantize.ts';

/** Float32 zeros in place of every constant, so that no value can be out of range; layers of one size share them. */
function blank(graph: Graph<'folded'>): Graph<'folded'> {
  const zeros = new Map<number, Float32Array>();
  const zerosLike = ({ length }: Float32Array): Float32Array => {
    const known = zeros.get(length) ?? new Float32Array(length);
    zeros.set(length, known);
    return known;
  };
  const nodes = graph.nodes.map(node => {
    const constants: Record<string, Float32Array> = { ...node.parameters };
    const parameters = Object.fromEntries(Object.entries(constants).map(([name, values]) => [name, zerosLike(values)]));
    return { ...node, parameters } as Node<'folded'>;
  });
  return { ...graph, nodes };
}

/**
 * Folds and quantizes a network whose values do not matter, `softmax` as in `foldGraph`; one that is quantized already is
 * prepared as `compile` does.
 */
export function quantizeForPlanning(
  graph: Graph<'float'> | Graph<'quantized'>,
  { softmax }: { readonly softmax: boolean },
): Graph<'quantized'> {
  if (graph.stage === 'quantized') return foldPads(graph as Graph<'quantized'>);
  const folded = foldGraph(graph as Graph<'float'>, { softmax });
  const tensors = folded.tensors.map(() => ({ range: rangeOf([-1, 1]), histogram: null, channels: null }));
  return quantize(applyStatistics(blank(folded), { tensors }, { kind: 'minmax' }), { inputRange: null });
}
