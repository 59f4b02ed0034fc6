import { describe, expect, test } from 'vitest';
import type { Graph } from '../../src/graph/graph.ts';
import { verify } from '../../src/graph/verify.ts';
import { runFloat } from '../../src/interpreter/run-float.ts';
import type { TensorId } from '../../src/ir/units.ts';
import { foldBatchNorm } from '../../src/passes/fold-batch-norm.ts';
import { largestDifference, normals } from '../support/operators.ts';
import { refusalOf } from '../support/refusal.ts';
import { kindsOf, RELU6, type SmallGraph, smallGraph } from '../support/small-graphs.ts';

/** Folds a graph of a few layers and returns the layers that are left, having compared what both compute. */
function fold(describeGraph: (small: SmallGraph) => TensorId, shape: readonly number[] = [1, 5, 4, 3]): string[] {
  const small = smallGraph(shape);
  const graph = small.builder.finish(describeGraph(small));
  const folded = verify(foldBatchNorm(graph), 'fold-batch-norm');
  expect(folded.stage).toBe('folded');
  const input = normals(shape, 9, 2).data;
  expect(largestDifference(runFloat(folded, input), runFloat(graph, input))).toBeLessThan(2e-5);
  return kindsOf(folded);
}

describe('goes into the layer before it', () => {
  test('a convolution', () => {
    expect(fold(g => g.norm('bn', g.conv('conv', g.input, { outputs: 5 })))).toEqual(['conv2d conv']);
  });

  test('a depthwise convolution', () => {
    expect(fold(g => g.norm('bn', g.depthwise('dw', g.input, { stride: 2 })))).toEqual(['depthwiseConv2d dw']);
  });

  test('a depthwise convolution with several outputs a channel', () => {
    const layers = fold(g => {
      const weights = normals([3 * 3 * 6], 4).data;
      const attributes = { kernel: [3, 3], stride: [1, 1], padding: 'same', multiplier: 2, activation: null } as const;
      return g.norm(
        'bn',
        g.builder.add('depthwiseConv2d', 'dw', [g.input], attributes, { weights, bias: new Float32Array(6) }),
      );
    });
    expect(layers).toEqual(['depthwiseConv2d dw']);
  });

  test('a fully connected layer', () => {
    expect(fold(g => g.norm('bn', g.dense('dense', g.input, 7)))).toEqual(['fullyConnected dense']);
  });
});

describe('becomes a 1×1 depthwise convolution', () => {
  test('where it stands alone', () => {
    expect(fold(g => g.norm('bn', g.input))).toEqual(['depthwiseConv2d bn']);
    expect(fold(g => g.norm('bn', g.clamp('relu', g.input, 0, 6)))).toEqual(['clamp relu', 'depthwiseConv2d bn']);
  });

  test('where others read the convolution too', () => {
    const layers = fold(g => {
      const conv = g.conv('conv', g.input, { outputs: 3 });
      return g.add('sum', g.norm('bn', conv), conv);
    });
    expect(layers).toEqual(['conv2d conv', 'depthwiseConv2d bn', 'add sum']);
  });

  test('where two BatchNorms read one convolution', () => {
    const layers = fold(g => {
      const conv = g.conv('conv', g.input);
      return g.add('sum', g.norm('bn1', conv), g.norm('bn2', conv));
    });
    expect(layers).toEqual(['conv2d conv', 'depthwiseConv2d bn1', 'depthwiseConv2d bn2', 'add sum']);
  });

  test('where it follows another BatchNorm', () => {
    expect(fold(g => g.norm('bn2', g.norm('bn1', g.conv('conv', g.input))))).toEqual([
      'conv2d conv',
      'depthwiseConv2d bn2',
    ]);
  });

  test('where the convolution is the network’s output', () => {
    const small = smallGraph();
    const conv = small.conv('conv', small.input);
    small.norm('bn', conv);
    expect(kindsOf(foldBatchNorm(small.builder.finish(conv)))).toEqual(['conv2d conv', 'depthwiseConv2d bn']);
  });

  test('where the convolution clamps its output', () => {
    const layers = fold(g => g.norm('bn', g.conv('conv', g.input, { activation: RELU6 })));
    expect(layers).toEqual(['conv2d conv', 'depthwiseConv2d bn']);
  });
});

describe('dead channels', () => {
  function withVariance(variance: readonly number[]): Graph<'float'> {
    const { builder, input, conv } = smallGraph();
    const ones = () => new Float32Array(4).fill(1);
    const parameters = { gamma: ones(), beta: ones(), mean: ones(), variance: Float32Array.from(variance) };
    const attributes = { epsilon: 1e-3 };
    return builder.finish(builder.add('batchNorm', 'bn', [conv('conv', input)], attributes, parameters, { file: 'w' }));
  }

  test.each([0, -1])('a variance of %d is refused with channel and layer', variance => {
    const { code, message, origin } = refusalOf(() => foldBatchNorm(withVariance([1, 2, variance, 1])));
    expect([code, origin]).toEqual(['SNUG215', { file: 'w', layer: 'bn' }]);
    expect(message).toBe(`channel 2 is dead: its BatchNorm variance is ${variance}`);
  });

  test('a small variance is none', () => {
    expect(kindsOf(foldBatchNorm(withVariance([1, 2, 1e-30, 1])))).toEqual(['conv2d conv']);
  });
});
