import { expect, test } from 'vitest';
import type { Graph } from '../../src/graph/graph.ts';
import { verify } from '../../src/graph/verify.ts';
import { runFloat } from '../../src/interpreter/run-float.ts';
import type { TensorId } from '../../src/ir/units.ts';
import type { ExplicitPadding } from '../../src/ops/window.ts';
import { foldPads } from '../../src/passes/fold-pads.ts';
import { largestDifference, normals } from '../support/operators.ts';
import { kindsOf, nodeOf, type SmallGraph, smallGraph } from '../support/small-graphs.ts';

const SHAPE = [1, 6, 5, 3];
const SIDES: ExplicitPadding = { top: 0, bottom: 1, left: 2, right: 1 };

const pad = (g: SmallGraph, name: string, from: TensorId, sides = SIDES): TensorId =>
  g.builder.add('pad', name, [from], sides, {});

function fold(describeGraph: (small: SmallGraph) => TensorId): Graph<'folded'> {
  const small = smallGraph(SHAPE);
  const graph = { ...small.builder.finish(describeGraph(small)), stage: 'folded' } as Graph<'folded'>;
  const folded = verify(foldPads(graph), 'fold-pads');
  const input = normals(SHAPE, 2).data;
  expect(largestDifference(runFloat(folded, input), runFloat(graph, input))).toBeLessThan(1e-6);
  return folded;
}

test('a pad before a convolution becomes its padding', () => {
  const graph = fold(g => g.conv('conv', pad(g, 'pad', g.input), { stride: 2, padding: 'valid' }));
  expect(kindsOf(graph)).toEqual(['conv2d conv']);
  expect(nodeOf(graph, 'conv').attributes).toMatchObject({ padding: SIDES });
});

test('the padding that is there already adds up, resolved at the padded size', () => {
  const graph = fold(g => g.depthwise('dw', pad(g, 'pad', g.input), { stride: 2, padding: 'same' }));
  expect(kindsOf(graph)).toEqual(['depthwiseConv2d dw']);
  // 7 rows at stride 2 take 1 + 1, 8 columns 0 + 1.
  expect(nodeOf(graph, 'dw').attributes).toMatchObject({ padding: { top: 1, bottom: 2, left: 2, right: 2 } });
});

test('two convolutions may read one pad', () => {
  const graph = fold(g => {
    const padded = pad(g, 'pad', g.input);
    return g.add('sum', g.conv('a', padded, { padding: 'valid' }), g.conv('b', padded, { padding: 'valid' }));
  });
  expect(kindsOf(graph)).toEqual(['conv2d a', 'conv2d b', 'add sum']);
});

test('pads in a row all become padding', () => {
  const graph = fold(g =>
    g.conv('conv', pad(g, 'c', pad(g, 'b', pad(g, 'a', g.input), { top: 1, bottom: 0, left: 0, right: 0 })), {
      padding: 'same',
      stride: 2,
    }),
  );
  expect(kindsOf(graph)).toEqual(['conv2d conv']);
  // 9 rows at stride 2 take 1 + 1, 11 columns 1 + 1.
  expect(nodeOf(graph, 'conv').attributes).toMatchObject({ padding: { top: 2, bottom: 3, left: 5, right: 3 } });
});

test('the first of two pads is folded into readers of both', () => {
  const graph = fold(g => {
    const first = pad(g, 'first', g.input);
    const second = pad(g, 'second', first, { top: 1, bottom: 1, left: 1, right: 1 });
    return g.add('sum', g.conv('a', first, { padding: 'same' }), g.conv('b', second, { padding: 'valid' }));
  });
  expect(kindsOf(graph)).toEqual(['conv2d a', 'conv2d b', 'add sum']);
});

test('the first of two pads stays where the second has to', () => {
  const window = { kernel: [2, 2], stride: [1, 1], padding: 'valid' } as const;
  const graph = fold(g => {
    const second = pad(g, 'second', pad(g, 'first', g.input));
    return g.builder.add('averagePool', 'pool', [second], { window, activation: null }, {});
  });
  expect(kindsOf(graph)).toEqual(['pad first', 'pad second', 'averagePool pool']);
});

test('a pad that something else reads stays', () => {
  const graph = fold(g => {
    const padded = pad(g, 'pad', g.input, { top: 1, bottom: 1, left: 1, right: 1 });
    return g.add('sum', g.conv('conv', padded, { outputs: 3 }), padded);
  });
  expect(kindsOf(graph)).toEqual(['pad pad', 'conv2d conv', 'add sum']);
  expect(nodeOf(graph, 'conv').attributes).toMatchObject({ padding: 'same' });
});

test('a pad before pooling stays: its zeros count in the mean', () => {
  const window = { kernel: [2, 2], stride: [1, 1], padding: 'valid' } as const;
  const graph = fold(g =>
    g.builder.add('averagePool', 'pool', [pad(g, 'pad', g.input)], { window, activation: null }, {}),
  );
  expect(kindsOf(graph)).toEqual(['pad pad', 'averagePool pool']);
});

test('a pad that is the output stays', () => {
  expect(kindsOf(fold(g => pad(g, 'pad', g.conv('conv', g.input))))).toEqual(['conv2d conv', 'pad pad']);
});
