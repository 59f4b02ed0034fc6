import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../../src/graph/graph.ts';
import type { RealClamp } from '../../../src/ir/quantization.ts';
import { layerPairs } from '../../../src/passes/equalize/pairs.ts';
import { scaleChannels, scaledRows } from '../../../src/passes/equalize/scale-channels.ts';
import { rowLayout, rowsOf } from '../../../src/passes/weights/weighted.ts';
import { largestDifference } from '../../support/operators.ts';
import { holds } from '../../support/property.ts';
import { foldedOf, likeness, normalInputs, weightedOf } from '../../support/quantization.ts';
import { smallGraph } from '../../support/small-graphs.ts';
import { randomFactors, rowMaxima } from '../../support/unbalance.ts';

/** Every kind of layer as producer and as consumer, with padding, a multiplier and groups. */
function chain(activation: RealClamp | null): Graph<'folded'> {
  const small = smallGraph([1, 6, 6, 3]);
  const { builder } = small;
  const random = (length: number, seed: number): Float32Array =>
    Float32Array.from(randomFactors(length, 0.5, seed), (value, i) => (i % 3 === 0 ? -value : value));
  const a = small.conv('a', small.input, { outputs: 4, activation });
  const b = builder.add(
    'depthwiseConv2d',
    'b',
    [a],
    { kernel: [3, 3], stride: [2, 2], padding: 'same', multiplier: 2, activation },
    { weights: random(9 * 8, 1), bias: random(8, 2) },
  );
  const c = builder.add(
    'conv2d',
    'c',
    [b],
    { kernel: [3, 3], stride: [1, 1], padding: 'valid', groups: 2, outputChannels: 6, activation },
    { weights: random(6 * 9 * 4, 3), bias: random(6, 4) },
  );
  return foldedOf(small, small.dense('d', c, 5));
}

const RELU: RealClamp = { min: 0, max: Infinity };

describe.each([
  ['linear', null],
  ['ReLU', RELU],
])('%s', (_name, activation) => {
  const graph = chain(activation);
  const inputs = normalInputs(graph, 3);
  const pairs = layerPairs(graph);

  test('the outputs stay, whatever the factors of all activations', () => {
    expect(pairs.map(({ consumer }) => consumer.name)).toEqual(['b', 'c', 'd']);
    holds(
      fc.property(fc.integer(), seed => {
        const drawn = pairs.map(({ tensor, producer }, i) => {
          return [tensor, randomFactors(producer.parameters.bias.length, 2, seed + i)] as const;
        });
        const scaled = scaleChannels(graph, new Map(drawn));
        expect(likeness(graph, scaled, inputs)).toBeGreaterThan(110);
      }),
      20,
    );
  });

  test('the activation itself is multiplied: rows and biases of the producer', () => {
    const factors = Float64Array.of(4, 0.25, 1, 8);
    const scaled = scaleChannels(graph, new Map([[pairs[0]!.tensor, factors]]));
    const ratios = rowMaxima(scaled, 'a').map((value, o) => value / rowMaxima(graph, 'a')[o]!);
    expect([...ratios]).toEqual([...factors]);
    const bias = (g: Graph<'folded'>) => weightedOf(g, 'a').parameters.bias;
    expect(bias(scaled)).toEqual(bias(graph).map((value, o) => value * factors[o]!));
    // Outputs 2c and 2c + 1 of the depthwise layer read channel c.
    const read = rowMaxima(scaled, 'b').map((value, o) => value / rowMaxima(graph, 'b')[o]!);
    expect([...read]).toEqual([0.25, 0.25, 4, 4, 1, 1, 0.125, 0.125]);
    expect(weightedOf(scaled, 'b').parameters.bias).toEqual(weightedOf(graph, 'b').parameters.bias);
    expect(scaled.nodes.slice(2)).toEqual(graph.nodes.slice(2));
    expect(scaled.nodes[2]).toBe(graph.nodes[2]);
  });

  test('scaled rows are the rows of the scaled network', () => {
    const factors = new Map(
      pairs.map(({ tensor, producer }) => [tensor, randomFactors(producer.parameters.bias.length, 1)]),
    );
    const scaled = scaleChannels(graph, factors);
    for (const name of ['a', 'b', 'c', 'd']) {
      const rows = rowsOf(weightedOf(scaled, name), rowLayout(scaled, weightedOf(scaled, name)));
      expect(largestDifference(scaledRows(graph, weightedOf(graph, name), factors), rows)).toBeLessThan(1e-5);
    }
  });
});

test('bounds stay where they are', () => {
  const graph = chain({ min: 0, max: 6 });
  const scaled = scaleChannels(graph, new Map([[graph.nodes[0]!.output, Float64Array.of(2, 2, 2, 2)]]));
  expect(scaled.nodes.map(({ attributes }) => attributes)).toEqual(graph.nodes.map(({ attributes }) => attributes));
});

test('no factors, no change', () => {
  const graph = chain(null);
  expect(scaleChannels(graph, new Map()).nodes.every((node, i) => node === graph.nodes[i])).toBe(true);
  const node = weightedOf(graph, 'c');
  expect(scaledRows(graph, node, new Map())).toEqual(rowsOf(node, rowLayout(graph, node)));
});
