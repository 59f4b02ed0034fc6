import { describe, expect, test } from 'vitest';
import type { Graph } from '../../../src/graph/graph.ts';
import type { RealClamp } from '../../../src/ir/quantization.ts';
import { layerPairs } from '../../../src/passes/equalize/pairs.ts';
import { foldedOf } from '../../support/quantization.ts';
import { RELU6, smallGraph } from '../../support/small-graphs.ts';

const namesOf = (graph: Graph<'folded'>): string[] =>
  layerPairs(graph).map(({ producer, consumer }) => `${producer.name} → ${consumer.name}`);

test('an inverted residual has two pairs: the sum reads what the block begins and ends with', () => {
  const small = smallGraph();
  const first = small.conv('first', small.input, { activation: RELU6 });
  const expand = small.conv('expand', first, { outputs: 12, kernel: 1, activation: RELU6 });
  const depthwise = small.depthwise('depthwise', expand, { activation: RELU6 });
  const project = small.conv('project', depthwise, { kernel: 1 });
  const graph = foldedOf(small, small.conv('last', small.add('sum', project, first), { kernel: 1 }));
  expect(namesOf(graph)).toEqual(['expand → depthwise', 'depthwise → project']);
  const [pair] = layerPairs(graph);
  expect(pair).toMatchObject({ clamp: RELU6, tensor: pair!.producer.output });
  expect(pair!.consumer.inputs).toEqual([pair!.tensor]);
});

describe('the activation between', () => {
  const between = (activation: RealClamp | null): Graph<'folded'> => {
    const small = smallGraph();
    return foldedOf(small, small.conv('b', small.conv('a', small.input, { activation })));
  };

  test.each<[string, RealClamp | null, RealClamp]>([
    ['none', null, { min: -Infinity, max: Infinity }],
    ['ReLU', { min: 0, max: Infinity }, { min: 0, max: Infinity }],
    ['ReLU6', RELU6, RELU6],
    ['an upper bound alone', { min: -Infinity, max: 3 }, { min: -Infinity, max: 3 }],
  ])('%s keeps its shape', (_name, activation, clamp) => {
    expect(layerPairs(between(activation)).map(pair => pair.clamp)).toEqual([clamp]);
  });

  test.each([
    ['below 0', { min: -1, max: 1 }],
    ['above 0', { min: 0.5, max: 6 }],
  ])('a lower bound %s does not', (_where, activation) => {
    expect(namesOf(between(activation))).toEqual([]);
  });
});

test('what two layers read, what is no layer’s own, and the output have no pair', () => {
  const small = smallGraph();
  const a = small.conv('a', small.input);
  const graph = foldedOf(small, small.add('sum', small.conv('b', a), small.conv('c', a)));
  expect(namesOf(graph)).toEqual([]);
});

test('layers that only select values lie between none', () => {
  const small = smallGraph();
  const conv = small.conv('conv', small.input);
  const pool = small.builder.add('averagePool', 'pool', [conv], { window: 'global', activation: null }, {});
  expect(namesOf(foldedOf(small, small.dense('dense', pool, 3)))).toEqual([]);
});

test('a fully connected layer reads channels where the map is one pixel, and else none', () => {
  const pixel = smallGraph([1, 3, 3, 4]);
  const whole = pixel.conv('conv', pixel.input, { padding: 'valid' });
  expect(namesOf(foldedOf(pixel, pixel.dense('dense', whole, 3)))).toEqual(['conv → dense']);
  const map = smallGraph([1, 4, 4, 4]);
  const wide = map.conv('conv', map.input, { padding: 'valid' });
  expect(namesOf(foldedOf(map, map.dense('dense', wide, 3)))).toEqual([]);
});
