/**
 * Plans MobileNetV2 at many sizes: exactly the plans that a compilation of each would make, so that no figure is an estimate.
 * The constants of a width serve every resolution, which is what makes hundreds of sizes a matter of seconds.
 */

import type { Graph } from '../graph/graph.ts';
import { inputShapes, tensorOf } from '../graph/graph.ts';
import { resizeGraph } from '../graph/resize.ts';
import { type MobilenetV2Options, mobilenetV2 } from '../models/mobilenet-v2.ts';
import { blankParameters } from '../models/parameter-source.ts';
import { floatOperator } from '../ops/index.ts';
import { quantizeForPlanning } from '../passes/quantize-for-planning.ts';
import { type PlanOptions, planNetwork, ramOf } from '../plan/plan-network.ts';
import { weightsOf } from '../plan/weights.ts';
import type { FitPoint } from './front.ts';
import type { FitSize } from './grid.ts';
import { publishedTop1 } from './published.ts';

/** A size with its memory, part by part, in bytes. RAM is all but the stack, flash the constant tables. */
export interface PlannedSize extends FitPoint {
  readonly arenaBytes: number;
  readonly scratchBytes: number;
}

function macsOf(graph: Graph<'quantized'>): number {
  return graph.nodes.reduce((sum, node) => {
    const output = tensorOf(graph, node.output).shape;
    return sum + floatOperator(node.kind).macs(node.attributes as never, inputShapes(graph, node), output);
  }, 0);
}

/**
 * Plans each size, in the order given.
 * @param network what the sizes share; width and resolution are those of the size
 * @param onProgress called with the number of sizes done
 */
export function planSizes(
  sizes: readonly FitSize[],
  network: MobilenetV2Options,
  options: PlanOptions,
  onProgress: (done: number) => void,
): readonly PlannedSize[] {
  const byWidth = new Map<number, Graph<'quantized'>>();
  return sizes.map(({ width, resolution }, i): PlannedSize => {
    const known = byWidth.get(width);
    const base =
      known ??
      quantizeForPlanning(mobilenetV2({ ...network, width, resolution }, blankParameters()), { softmax: false });
    byWidth.set(width, base);
    const graph = resizeGraph(base, [resolution, resolution]);
    const plan = planNetwork(graph, options);
    const ram = ramOf(graph, plan);
    onProgress(i + 1);
    return {
      width,
      resolution,
      ramBytes: ram.total,
      arenaBytes: ram.arena,
      scratchBytes: ram.scratch,
      flashBytes: weightsOf(plan),
      macs: macsOf(graph),
      top1: publishedTop1(width, resolution),
    };
  });
}
