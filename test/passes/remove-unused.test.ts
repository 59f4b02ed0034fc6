import { expect, test } from 'vitest';
import { verify } from '../../src/graph/verify.ts';
import { removeUnused } from '../../src/passes/remove-unused.ts';
import { kindsOf, smallGraph } from '../support/small-graphs.ts';

test('branches that do not reach the output go, however long', () => {
  const { builder, input, conv, clamp } = smallGraph();
  const a = conv('a', input);
  clamp('aside', conv('auxiliary', a), 0, 6);
  const graph = verify(removeUnused(builder.finish(conv('b', a))), 'remove-unused');
  expect(kindsOf(graph)).toEqual(['conv2d a', 'conv2d b']);
  expect(graph.tensors.map(tensor => tensor.name)).toEqual(['input', 'a', 'b']);
});

test('layers behind the output go', () => {
  const { builder, input, conv } = smallGraph();
  const a = conv('a', input);
  conv('behind', a);
  expect(kindsOf(removeUnused(builder.finish(a)))).toEqual(['conv2d a']);
});

test('a graph of which all is used stays as it is', () => {
  const { builder, input, conv, add } = smallGraph();
  const graph = builder.finish(add('sum', conv('a', input), input));
  expect(removeUnused(graph)).toEqual(graph);
});
