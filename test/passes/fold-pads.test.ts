import { expect, test } from 'vitest';
import type { Graph } from '../../src/graph/graph.ts';
import { quantizedGraphBuilder } from '../../src/graph/quantized-builder.ts';
import { verify } from '../../src/graph/verify.ts';
import { runFloat } from '../../src/interpreter/run-float.ts';
import { runInt8 } from '../../src/interpreter/run-int8.ts';
import type { TensorId } from '../../src/ir/units.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { conv2d } from '../../src/ops/conv2d.ts';
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

test('in a quantized graph the zero point that a pad adds becomes padding, and no byte changes', () => {
  const builder = quantizedGraphBuilder('given');
  const quantization = { scale: 0.05, zeroPoint: 17 };
  const same = (): Record<never, never> => ({});
  const filters = { weights: normals([4, 3, 3, 3], 5).data, bias: normals([4], 6).data };
  const window = { kernel: [3, 3], stride: [2, 2], padding: 'valid' } as const;
  const attributes = { ...window, outputChannels: 4, groups: 1, activation: null };
  const input = builder.input('x', SHAPE, quantization);
  const padded = builder.add('pad', 'pad', [input], SIDES, quantization, same);
  const output = { scale: 0.2, zeroPoint: -9 };
  const convolved = builder.add('conv2d', 'conv', [padded], attributes, output, (inputs, info, origin) =>
    conv2d.quantize({ attributes, parameters: filters, inputs, output: info, origin }),
  );
  const graph = builder.finish(builder.add('pad', 'last', [convolved], SIDES, output, same));
  const folded = verify(foldPads(graph), 'fold-pads');
  expect(kindsOf(folded)).toEqual(['conv2d conv', 'pad last']);
  expect(nodeOf(folded, 'conv').attributes).toMatchObject({ padding: SIDES });
  const random = seededRandom(8);
  const data = Int8Array.from({ length: 90 }, () => random.integer(256) - 128);
  expect(runInt8(folded, data)).toEqual(runInt8(graph, data));
});
