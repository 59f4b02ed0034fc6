/** The network as a chain: what each step continues, where single tensors cross, and what branches. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TensorId } from '../../../src/ir/units.ts';
import { selectKernels } from '../../../src/plan/select-kernels.ts';
import { type Chain, chainOf } from '../../../src/plan/stream/chain.ts';
import { quantizePlainly } from '../../support/plain-networks.ts';
import { holds } from '../../support/property.ts';
import { randomNetwork } from '../../support/random-network.ts';
import { type SmallGraph, smallGraph } from '../../support/small-graphs.ts';

function chain(describeGraph: (small: SmallGraph) => TensorId): Chain {
  const small = smallGraph([1, 6, 6, 4]);
  const graph = quantizePlainly(small.builder.finish(describeGraph(small)));
  return chainOf(graph, selectKernels(graph, 'portable'));
}

test('a residual: its addition continues the branch, and its source may not be cut off before it', () => {
  for (const swap of [false, true]) {
    const { links, cut, tensorBytes } = chain(g => {
      const source = g.conv('source', g.input, { outputs: 5 });
      const branch = g.conv('branch', source, { outputs: 5 });
      return g.conv('end', swap ? g.add('sum', branch, source) : g.add('sum', source, branch), { outputs: 2 });
    });
    expect(cut).toEqual([true, true, false, true, true]);
    expect(links.map(({ main, lateFrom, inPlace }) => [main, lateFrom, inPlace])).toEqual([
      [0, null, false],
      [0, null, false],
      [swap ? 0 : 1, 1, true],
      [0, null, false],
    ]);
    expect(tensorBytes).toEqual([144, 180, 180, 180, 72]);
    expect(links[3]).toMatchObject({
      input: { height: 6, width: 6, channels: 5 },
      outputBytes: 72,
      flow: { kind: 'window' },
    });
  }
});

test('a step that does not continue the chain does not flow; one that adds a tensor to itself reads it twice', () => {
  const { links, cut } = chain(g => {
    const source = g.conv('source', g.input);
    const [left, right] = [g.conv('left', source), g.conv('right', source)];
    return g.add('twice', g.add('sum', left, right), g.input);
  });
  expect(links.map(({ main, flow }) => [main, flow !== null])).toEqual([
    [0, true],
    [0, true],
    [null, false],
    [1, true],
    [0, true],
  ]);
  // The input is read by the last step.
  expect(cut).toEqual([true, false, false, false, false, true]);
  const same = chain(g => g.conv('end', g.add('double', g.input, g.input)));
  expect(same.links[0]).toMatchObject({ main: 0, lateFrom: 0, flow: { kind: 'pixels' } });
});

test('only where no earlier tensor is read behind it is a place a cut', () => {
  holds(
    fc.property(fc.integer({ min: 1, max: 10_000 }), seed => {
      const graph = quantizePlainly(randomNetwork(seed));
      const steps = selectKernels(graph, 'portable');
      const { cut, tensors, links } = chainOf(graph, steps);
      expect(tensors).toEqual([graph.input, ...steps.map(({ node }) => node.output)]);
      tensors.forEach((_, place) => {
        const before = new Set(tensors.slice(0, place));
        const crossing = steps.slice(place).flatMap(({ node }) => node.inputs.filter(id => before.has(id)));
        expect(cut[place]).toBe(crossing.length === 0);
      });
      links.forEach(({ step, main, lateFrom }, i) => {
        if (main !== null) expect(step.node.inputs[main]).toBe(tensors[i]);
        const others = step.node.inputs.filter((_, index) => index !== main);
        if (lateFrom !== null) expect([tensors[lateFrom]]).toEqual(others);
      });
    }),
    60,
  );
});
