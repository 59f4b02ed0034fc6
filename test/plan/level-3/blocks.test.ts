import { describe, expect, test } from 'vitest';
import { mobilenetV2 } from '../../../src/models/mobilenet-v2.ts';
import { blocksOf } from '../../../src/plan/level-3/blocks.ts';
import { selectKernels } from '../../../src/plan/select-kernels.ts';
import { chainOf } from '../../../src/plan/stream/chain.ts';
import { quantizePlainly, zeroParameters } from '../../support/plain-networks.ts';
import { type SmallGraph, smallGraph } from '../../support/small-graphs.ts';

function chainBy(build: (small: SmallGraph) => number) {
  const small = smallGraph();
  const graph = quantizePlainly(small.builder.finish(build(small) as never));
  return chainOf(graph, selectKernels(graph, 'portable'));
}

describe('blocks', () => {
  test('MobileNetV2 has 17 inverted residuals, ten with an addition, and the pooled head', () => {
    const graph = quantizePlainly(mobilenetV2({ width: 0.35, resolution: 32 }, zeroParameters()));
    const chain = chainOf(graph, selectKernels(graph, 'portable'));
    const blocks = blocksOf(chain);
    const residuals = blocks.flatMap(block => (block.kind === 'residual' ? [block] : []));
    expect(residuals).toHaveLength(17);
    expect(residuals.filter(({ end, to }) => to > end)).toHaveLength(10);
    expect(residuals.map(({ expands }) => expands)).toEqual([false, ...Array.from({ length: 16 }, () => true)]);
    const names = ({ from, to }: { from: number; to: number }) =>
      chain.links.slice(from, to).map(({ step }) => step.node.name);
    expect(names(residuals[0]!)).toEqual(['block_1_depthwise', 'block_1_project']);
    expect(names(residuals[2]!)).toEqual(['expand', 'depthwise', 'project', 'add'].map(part => `block_3_${part}`));
    expect(names(blocks.at(-1)!)).toEqual(['head', 'pool']);
  });

  test('a projection may serve the next block as its expansion only where it is not part of one already', () => {
    const chain = chainBy(({ input, conv, depthwise }) => {
      const first = depthwise('a', conv('expand', input, { kernel: 1, outputs: 12 }));
      return depthwise('b', conv('project', first, { kernel: 1 }));
    });
    // `b` has no projection behind it.
    expect(blocksOf(chain).map(({ from, to }) => [from, to])).toEqual([[0, 3]]);
  });

  test('what an addition reads from inside of a block keeps it whole', () => {
    const chain = chainBy(({ input, conv, depthwise, add }) => {
      const expanded = conv('expand', input, { kernel: 1, outputs: 8 });
      const projected = conv('project', depthwise('filter', expanded), { kernel: 1, outputs: 8 });
      return add('sum', projected, expanded);
    });
    // The depthwise convolution and the projection are left, without an expansion that could be taken apart.
    expect(blocksOf(chain)).toMatchObject([{ from: 1, end: 3, to: 4, expands: false }]);
  });
});
