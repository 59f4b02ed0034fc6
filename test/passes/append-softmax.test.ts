import { expect, test } from 'vitest';
import type { Graph } from '../../src/graph/graph.ts';
import { verify } from '../../src/graph/verify.ts';
import { runFloat } from '../../src/interpreter/run-float.ts';
import { appendSoftmax } from '../../src/passes/append-softmax.ts';
import { normals } from '../support/operators.ts';
import { kindsOf, smallGraph } from '../support/small-graphs.ts';

function classifier(): Graph<'folded'> {
  const { builder, input, dense } = smallGraph([1, 8]);
  return { ...builder.finish(dense('dense', input, 5)), stage: 'folded' } as Graph<'folded'>;
}

test('logits become probabilities', () => {
  const graph = verify(appendSoftmax(classifier()), 'append-softmax');
  expect(kindsOf(graph)).toEqual(['fullyConnected dense', 'softmax softmax']);
  const output = runFloat(graph, normals([1, 8], 1).data);
  expect(output).toHaveLength(5);
  expect(output.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
});

test('a layer of that name keeps it', () => {
  const { builder, input, dense } = smallGraph([1, 8]);
  const graph = builder.finish(dense('softmax_2', dense('softmax', input, 5), 5));
  const appended = verify(appendSoftmax({ ...graph, stage: 'folded' } as Graph<'folded'>), 'append-softmax');
  expect(kindsOf(appended)).toEqual(['fullyConnected softmax', 'fullyConnected softmax_2', 'softmax softmax_3']);
});

test('a softmax under another shape is a softmax at the end', () => {
  const { builder, input, dense, reshape } = smallGraph([1, 8]);
  const shares = builder.add('softmax', 'shares', [dense('dense', input, 5)], {}, {});
  const graph = builder.finish(reshape('row', reshape('map', shares, [1, 1, 1, 5]), [1, 5]));
  const folded = { ...graph, stage: 'folded' } as Graph<'folded'>;
  expect(appendSoftmax(folded)).toBe(folded);
});

test('logits under another shape get one', () => {
  const { builder, input, dense, reshape } = smallGraph([1, 8]);
  const graph = builder.finish(reshape('row', dense('dense', input, 5), [1, 5]));
  expect(kindsOf(appendSoftmax({ ...graph, stage: 'folded' } as Graph<'folded'>)).at(-1)).toBe('softmax softmax');
});

test('a network that ends with a softmax keeps its one', () => {
  const once = appendSoftmax(classifier());
  expect(appendSoftmax(once)).toBe(once);
});
