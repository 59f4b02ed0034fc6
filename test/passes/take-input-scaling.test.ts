import { describe, expect, test } from 'vitest';
import { graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { runFloat } from '../../src/interpreter/run-float.ts';
import type { TensorId } from '../../src/ir/units.ts';
import { takeInputScaling } from '../../src/passes/take-input-scaling.ts';

const CONV = {
  kernel: [3, 3],
  stride: [1, 1],
  padding: 'same',
  outputChannels: 1,
  groups: 1,
  activation: null,
} as const;
const DEPTHWISE = { kernel: [1, 1], stride: [1, 1], padding: 'valid', multiplier: 1, activation: null } as const;

type Builder = ReturnType<typeof graphBuilder>;

/** A convolution of ones behind what `before` makes of an input of 2×2×2. */
function network(before: (builder: Builder, input: TensorId) => TensorId): Graph<'float'> {
  const builder = graphBuilder('net', 'file');
  const made = before(builder, builder.input('input', [1, 2, 2, 2]));
  const parameters = { weights: new Float32Array(18).fill(1), bias: Float32Array.of(0.5) };
  return builder.finish(builder.add('conv2d', 'conv', [made], CONV, parameters, {}));
}

const normalized = (builder: Builder, input: TensorId): TensorId =>
  builder.add(
    'batchNorm',
    'norm',
    [input],
    { epsilon: 0 },
    {
      gamma: Float32Array.of(2, 1),
      beta: Float32Array.of(1, 0),
      mean: Float32Array.of(3, 1),
      variance: Float32Array.of(4, 0.25),
    },
    {},
  );
const scaled = (builder: Builder, input: TensorId, attributes: Partial<typeof DEPTHWISE> | object = {}): TensorId =>
  builder.add(
    'depthwiseConv2d',
    'scaling',
    [input],
    { ...DEPTHWISE, ...attributes },
    { weights: Float32Array.of(0.5, -1), bias: Float32Array.of(1, 2) },
    {},
  );

test('what is taken and the rest compute what the whole did, padding included', () => {
  const whole = network((builder, input) => scaled(builder, normalized(builder, input)));
  const { graph, scaling, layers } = takeInputScaling(whole)!;
  expect(layers).toEqual(['norm', 'scaling']);
  expect(graph.nodes.map(({ name }) => name)).toEqual(['conv']);
  // (x − 3) + 1, then half of it and 1; 2x − 2, then its negative and 2.
  expect(scaling).toEqual({ kind: 'affine', scale: [0.5, -2], offset: [0, 4] });
  const input = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const outside = input.map((x, i) => scaling.scale[i % 2]! * x + scaling.offset[i % 2]!);
  expect([...runFloat(graph, outside)]).toEqual([...runFloat(whole, input)]);
});

describe('nothing is taken', () => {
  test.each<[string, Graph<'float'>]>([
    ['where nothing is scaled', network((_, input) => input)],
    [
      'where the input is read without its scaling too',
      network((builder, input) =>
        builder.add('add', 'sum', [input, scaled(builder, input)], { activation: null }, {}, {}),
      ),
    ],
    ['where values are clamped', network((b, input) => scaled(b, input, { activation: { min: 0, max: 6 } }))],
    [
      'where the map gets larger',
      network((b, input) => scaled(b, input, { padding: { top: 1, bottom: 0, left: 0, right: 0 } })),
    ],
  ])('%s', (_, graph) => {
    expect(takeInputScaling(graph)).toBeNull();
  });

  test('where the network is nothing else', () => {
    const builder = graphBuilder('net', 'file');
    expect(takeInputScaling(builder.finish(normalized(builder, builder.input('input', [1, 2, 2, 2]))))).toBeNull();
  });
});
