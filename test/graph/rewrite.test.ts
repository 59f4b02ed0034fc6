import { expect, test } from 'vitest';
import type { Node } from '../../src/graph/graph.ts';
import { rewriteGraph } from '../../src/graph/rewrite.ts';
import { verify } from '../../src/graph/verify.ts';
import type { TensorId } from '../../src/ir/units.ts';
import { nodeOf, smallGraph } from '../support/small-graphs.ts';

type FloatNode = Node<'float'>;

function sample() {
  const { builder, input, conv, clamp, add } = smallGraph();
  const a = conv('a', input);
  const first = clamp('first', a, 0, 6);
  const second = clamp('second', first, 0, 6);
  return builder.finish(add('sum', second, a));
}

const removing = (...pairs: readonly (readonly [FloatNode, TensorId])[]) => ({
  removed: new Map(pairs),
  replaced: new Map<FloatNode, FloatNode>(),
});

test('nothing to do renumbers nothing', () => {
  const graph = sample();
  expect(rewriteGraph(graph, removing())).toEqual(graph);
});

test('a removed node is read through to the tensor in its place, and ids close up', () => {
  const graph = sample();
  const first = nodeOf(graph, 'first');
  const result = verify(rewriteGraph(graph, removing([first, first.inputs[0]!])), 'test');
  expect(result.tensors.map(({ id, name }) => [id, name])).toEqual([
    [0, 'input'],
    [1, 'a'],
    [2, 'second'],
    [3, 'sum'],
  ]);
  expect(result.nodes.map(node => [node.name, node.inputs, node.output])).toEqual([
    ['a', [0], 1],
    ['second', [1], 2],
    ['sum', [2, 1], 3],
  ]);
  expect(result.output).toBe(3);
});

test('chains of removed nodes resolve to their beginning, the output too', () => {
  const { builder, input, conv, clamp } = smallGraph();
  const graph = builder.finish(clamp('second', clamp('first', conv('a', input), 0, 6), 0, 6));
  const [first, second] = [nodeOf(graph, 'first'), nodeOf(graph, 'second')];
  const result = verify(rewriteGraph(graph, removing([first, first.inputs[0]!], [second, first.output])), 'test');
  expect(result.nodes.map(node => node.name)).toEqual(['a']);
  expect(result.output).toBe(1);
});

test('replaced nodes take the place of the old ones, and the given graph stays as it was', () => {
  const graph = sample();
  const before = structuredClone(graph);
  const first = nodeOf(graph, 'first');
  const changed = { ...first, attributes: { min: -1, max: 1 } } as FloatNode;
  const result = rewriteGraph(graph, { removed: new Map(), replaced: new Map([[first, changed]]) });
  expect(nodeOf(result, 'first').attributes).toEqual({ min: -1, max: 1 });
  expect(graph).toEqual(before);
});
