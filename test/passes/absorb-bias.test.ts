import { describe, expect, test } from 'vitest';
import type { Graph } from '../../src/graph/graph.ts';
import { verify } from '../../src/graph/verify.ts';
import type { RealClamp } from '../../src/ir/quantization.ts';
import type { TensorId } from '../../src/ir/units.ts';
import { absorbBias } from '../../src/passes/absorb-bias.ts';
import { foldedOf, likeness, normalInputs, statisticsOf, weightedOf, withParameters } from '../support/quantization.ts';
import { RELU6, type SmallGraph, smallGraph } from '../support/small-graphs.ts';

const RELU: RealClamp = { min: 0, max: Infinity };

/** Channels 1 and 2 of `first` lie far above 0; channel 3 far below. */
function raised(graph: Graph<'folded'>, by = 20): Graph<'folded'> {
  const offsets = [0, by, 2 * by, -by];
  return withParameters(graph, 'first', ({ bias }) => ({ bias: bias.map((value, c) => value + (offsets[c] ?? 0)) }));
}

function read(
  activation: RealClamp | null,
  consumer: (small: SmallGraph, from: TensorId) => TensorId,
): Graph<'folded'> {
  const small = smallGraph([1, 5, 5, 3]);
  const first = small.conv('first', small.input, { activation });
  return raised(foldedOf(small, consumer(small, first)));
}

const pointwise = (small: SmallGraph, from: TensorId): TensorId => small.conv('second', from, { kernel: 1 });

const CONSUMERS: Readonly<Record<string, (small: SmallGraph, from: TensorId) => TensorId>> = {
  'a pointwise one': pointwise,
  'a 3×3 one without padding': (small, from) => small.conv('second', from, { padding: 'valid' }),
  'a depthwise one without padding': (small, from) => small.depthwise('second', from, { padding: 'valid' }),
  'one of two groups': ({ builder }, from) => {
    const attributes = { kernel: [1, 1], stride: [1, 1], padding: 'valid', groups: 2, outputChannels: 2 } as const;
    const parameters = { weights: Float32Array.of(1, -2, 3, 0.5), bias: Float32Array.of(0.1, -0.2) };
    return builder.add('conv2d', 'second', [from], { ...attributes, activation: null }, parameters);
  },
};

describe.each(Object.entries(CONSUMERS))('into %s', (_name, consumer) => {
  test.each([
    ['without activation', null],
    ['with ReLU', RELU],
    ['with a bound far away', { min: 0, max: 1000 }],
  ])('the outputs stay, and the activation becomes smaller: %s', (_activation, activation) => {
    const graph = read(activation, consumer);
    const inputs = normalInputs(graph, 4);
    const statistics = statisticsOf(graph, inputs);
    const { graph: absorbed, channels } = absorbBias(graph, statistics);
    expect(channels).toBe(2);
    expect(likeness(graph, verify(absorbed, 'absorb-bias'), inputs)).toBeGreaterThan(100);
    const [before, after] = [statistics, statisticsOf(absorbed, inputs)].map(({ tensors }) => tensors[1]!);
    expect(after!.range.max).toBeLessThan(before!.range.max / 2);
    for (const c of [1, 2]) {
      // A quarter of the width is left below, for values that were not seen.
      const width = before!.channels!.max[c]! - before!.channels!.min[c]!;
      expect(after!.channels!.min[c]).toBeCloseTo(width / 4, 3);
    }
    for (const c of [0, 3]) expect(after!.channels!.min[c]).toBe(before!.channels!.min[c]);
    expect(weightedOf(absorbed, 'second').parameters.weights).toBe(weightedOf(graph, 'second').parameters.weights);
  });
});

test('along a chain, every layer gives and takes', () => {
  const small = smallGraph([1, 5, 5, 3]);
  const second = small.conv('second', small.conv('first', small.input, { activation: RELU }), {
    kernel: 1,
    activation: RELU,
  });
  const plain = raised(foldedOf(small, small.conv('third', second, { kernel: 1 })));
  const graph = withParameters(plain, 'second', ({ bias }) => ({ bias: bias.map(value => value + 200) }));
  const inputs = normalInputs(graph, 4);
  const { graph: absorbed, channels } = absorbBias(graph, statisticsOf(graph, inputs));
  expect(channels).toBe(2 + 4);
  expect(likeness(graph, absorbed, inputs)).toBeGreaterThan(100);
});

test('a fully connected layer takes over what a map of one pixel gives', () => {
  const small = smallGraph([1, 3, 3, 3]);
  const whole = small.conv('first', small.input, { padding: 'valid', activation: RELU });
  const graph = raised(foldedOf(small, small.dense('second', whole, 3)));
  const inputs = normalInputs(graph, 20);
  const { graph: absorbed, channels } = absorbBias(graph, statisticsOf(graph, inputs));
  expect(channels).toBe(2);
  expect(likeness(graph, absorbed, inputs)).toBeGreaterThan(100);
});

describe('nothing moves', () => {
  const untouched = (graph: Graph<'folded'>): void => {
    const { graph: result, channels } = absorbBias(graph, statisticsOf(graph, normalInputs(graph, 4)));
    expect(channels).toBe(0);
    expect(result).toBe(graph);
  };

  test('into a layer that pads', () => {
    untouched(read(RELU, (small, from) => small.conv('second', from)));
    untouched(read(RELU, (small, from) => small.depthwise('second', from, { stride: 2 })));
    const padding = { top: 0, bottom: 1, left: 0, right: 0 };
    untouched(read(RELU, (small, from) => small.conv('second', from, { kernel: 1, padding })));
  });

  test('where two layers read, or a sum', () => {
    untouched(read(RELU, (small, from) => small.add('sum', from, small.conv('second', from, { kernel: 1 }))));
  });

  test('where no channel is away from 0', () => {
    const small = smallGraph([1, 5, 5, 3]);
    untouched(foldedOf(small, pointwise(small, small.conv('first', small.input, { activation: RELU }))));
  });

  test('where extremes of channels were not gathered', () => {
    const graph = read(RELU, pointwise);
    const needs = { histograms: false, channels: false, moments: 'none' } as const;
    expect(absorbBias(graph, statisticsOf(graph, normalInputs(graph, 2), needs)).graph).toBe(graph);
  });
});

test('a channel that reaches the bound stays, another of the same layer does not', () => {
  const small = smallGraph([1, 5, 5, 3]);
  const plain = foldedOf(small, pointwise(small, small.conv('first', small.input, { kernel: 1, activation: RELU6 })));
  const graph = withParameters(plain, 'first', ({ weights, bias }) => ({
    weights: weights.map(value => value / 10),
    bias: bias.map((_, c) => [5.9, 3, 3, 0][c]!),
  }));
  const inputs = normalInputs(graph, 4);
  const statistics = statisticsOf(graph, inputs);
  const { min, max } = statistics.tensors[1]!.channels!;
  expect([max[0], min[0]! > 4, min[1]! > 1]).toEqual([6, true, true]);
  const { graph: absorbed, channels } = absorbBias(graph, statistics);
  expect(channels).toBe(2);
  const bias = weightedOf(absorbed, 'first').parameters.bias;
  expect(bias[0]).toBe(weightedOf(graph, 'first').parameters.bias[0]);
  expect(bias[1]).toBeLessThan(3);
  expect(likeness(graph, absorbed, inputs)).toBeGreaterThan(100);
});
