import { describe, expect, test } from 'vitest';
import type { Graph } from '../../src/graph/graph.ts';
import { verify } from '../../src/graph/verify.ts';
import { runFloat } from '../../src/interpreter/run-float.ts';
import type { TensorId } from '../../src/ir/units.ts';
import { fuseActivations } from '../../src/passes/fuse-activations.ts';
import { largestDifference, normals } from '../support/operators.ts';
import { kindsOf, nodeOf, RELU6, type SmallGraph, smallGraph } from '../support/small-graphs.ts';

const SHAPE = [1, 5, 5, 4];

function fuse(describeGraph: (small: SmallGraph) => TensorId): Graph<'folded'> {
  const small = smallGraph(SHAPE);
  const graph = { ...small.builder.finish(describeGraph(small)), stage: 'folded' } as Graph<'folded'>;
  const fused = verify(fuseActivations(graph), 'fuse-activations');
  const input = normals(SHAPE, 2, 4).data;
  expect(largestDifference(runFloat(fused, input), runFloat(graph, input))).toBe(0);
  return fused;
}

const activationOf = (graph: Graph<'folded'>, name: string) =>
  (nodeOf(graph, name).attributes as { activation: unknown }).activation;

describe('a clamp goes into', () => {
  test.each<[string, (g: SmallGraph) => TensorId]>([
    ['conv2d', g => g.conv('maker', g.input)],
    ['depthwiseConv2d', g => g.depthwise('maker', g.input)],
    ['fullyConnected', g => g.dense('maker', g.input, 3)],
    ['add', g => g.add('maker', g.input, g.input)],
    ['averagePool', g => g.builder.add('averagePool', 'maker', [g.input], { window: 'global', activation: null }, {})],
  ])('%s', (kind, make) => {
    const graph = fuse(g => g.clamp('relu6', make(g), 0, 6));
    expect(kindsOf(graph)).toEqual([`${kind} maker`]);
    expect(activationOf(graph, 'maker')).toEqual(RELU6);
  });
});

describe('chains end in one operator', () => {
  test.each<[string, readonly (readonly [number, number])[], readonly [number, number]]>([
    [
      'ReLU, ReLU6',
      [
        [0, Infinity],
        [0, 6],
      ],
      [0, 6],
    ],
    [
      'ReLU6, ReLU',
      [
        [0, 6],
        [0, Infinity],
      ],
      [0, 6],
    ],
    [
      'two that overlap',
      [
        [-2, 3],
        [0, 6],
      ],
      [0, 3],
    ],
    [
      'three',
      [
        [0, Infinity],
        [0, 6],
        [1, 4],
      ],
      [1, 4],
    ],
    [
      'two that share no value',
      [
        [0, 1],
        [2, 3],
      ],
      [2, 2],
    ],
    [
      'two that share none, the other way',
      [
        [2, 3],
        [0, 1],
      ],
      [1, 1],
    ],
  ])('%s', (_, bounds, [min, max]) => {
    const chain = (g: SmallGraph, from: TensorId) =>
      bounds.reduce((id, [low, high], i) => g.clamp(`clamp${i}`, id, low, high), from);
    const graph = fuse(g => chain(g, g.conv('conv', g.input)));
    expect(kindsOf(graph)).toEqual(['conv2d conv']);
    expect(activationOf(graph, 'conv')).toEqual({ min, max });

    const alone = fuse(g => chain(g, g.input));
    expect(kindsOf(alone)).toEqual(['clamp clamp0']);
    expect(alone.nodes[0]!.attributes).toEqual({ min, max });
  });

  test('a clamp behind a fused activation narrows it', () => {
    const graph = fuse(g => g.clamp('clamp', g.conv('conv', g.input, { activation: RELU6 }), -1, 3));
    expect(activationOf(graph, 'conv')).toEqual({ min: 0, max: 3 });
  });
});

describe('a clamp stays', () => {
  test('where others read the unclamped output', () => {
    const graph = fuse(g => {
      const conv = g.conv('conv', g.input);
      return g.add('sum', g.clamp('relu6', conv, 0, 6), conv);
    });
    expect(kindsOf(graph)).toEqual(['conv2d conv', 'clamp relu6', 'add sum']);
    expect(activationOf(graph, 'conv')).toBeNull();
  });

  test('in part, where others read between two clamps', () => {
    const graph = fuse(g => {
      const relu = g.clamp('relu', g.conv('conv', g.input), 0, Infinity);
      return g.add('sum', g.clamp('relu6', relu, 0, 6), relu);
    });
    expect(kindsOf(graph)).toEqual(['conv2d conv', 'clamp relu6', 'add sum']);
    expect(activationOf(graph, 'conv')).toEqual({ min: 0, max: Infinity });
  });

  test('behind an operator that cannot clamp, and at the input', () => {
    expect(kindsOf(fuse(g => g.clamp('relu', g.reshape('flat', g.input, [1, 100]), 0, 6)))).toEqual([
      'reshape flat',
      'clamp relu',
    ]);
    expect(kindsOf(fuse(g => g.conv('conv', g.clamp('relu', g.input, 0, 6))))).toEqual(['clamp relu', 'conv2d conv']);
  });

  test('where the unclamped tensor is the network’s output', () => {
    const graph = fuse(g => {
      const conv = g.conv('conv', g.input);
      g.clamp('relu6', conv, 0, 6);
      return conv;
    });
    expect(activationOf(graph, 'conv')).toBeNull();
  });
});
