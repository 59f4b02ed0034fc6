import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runFloat } from '../../../src/interpreter/run-float.ts';
import { pointsOf } from '../../../src/numerics/histogram.ts';
import {
  type Statistics,
  StatisticsCollector,
  type StatisticsNeeds,
} from '../../../src/passes/statistics/statistics.ts';
import { largestDifference } from '../../support/operators.ts';
import { holds } from '../../support/property.ts';
import { EVERYTHING, foldedOf, normalInputs, statisticsOf } from '../../support/quantization.ts';
import { RELU6, smallGraph } from '../../support/small-graphs.ts';

const small = smallGraph([1, 5, 4, 3]);
const conv = small.conv('conv', small.input, { outputs: 5, activation: RELU6 });
const sum = small.add('sum', small.depthwise('depthwise', conv), conv);
const graph = foldedOf(small, small.dense('dense', sum, 4));
const inputs = normalInputs(graph, 6);

/** All values of an activation, as [pixels, channels]. */
function valuesOf(tensor: number, maps = inputs): number[] {
  return maps.flatMap(input => {
    let values: number[] = [];
    runFloat(graph, input, (id, data) => {
      if (id === tensor) values = [...data];
    });
    return values;
  });
}

/** Every array of some statistics by place; comparing the 65,536 counts of many histograms one by one would take long. */
function bytesOf({ tensors, moments }: Statistics): readonly Buffer[] {
  const arrays = [
    ...tensors.flatMap(({ range, histogram, channels }) => [
      Float64Array.of(range.min, range.max),
      histogram!,
      channels!.min,
      channels!.max,
    ]),
    ...moments.flatMap(own => (own === null ? [] : [Float64Array.of(own.count), own.sums, own.products!])),
  ];
  return arrays.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength));
}

function expectEqual(actual: Statistics, expected: Statistics): void {
  const [a, b] = [bytesOf(actual), bytesOf(expected)];
  expect(a.length).toBe(b.length);
  expect(a.flatMap((bytes, i) => (bytes.equals(b[i]!) ? [] : [i]))).toEqual([]);
}

const part = (maps: readonly Float32Array[], needs: StatisticsNeeds = EVERYTHING): Statistics =>
  statisticsOf(graph, maps, needs);

function added(parts: readonly Statistics[]): Statistics {
  const collector = new StatisticsCollector(graph, EVERYTHING);
  for (const one of parts) collector.add(one);
  return collector.result();
}

describe('of every activation', () => {
  const seen = part(inputs).tensors;

  test('the extremes, of all and of each channel', () => {
    for (const { id, shape } of graph.tensors) {
      const values = valuesOf(id);
      const channels = shape.at(-1)!;
      expect(seen[id]!.range).toEqual({ min: Math.min(...values), max: Math.max(...values) });
      expect(seen[id]!.channels!.min.length).toBe(channels);
      for (let c = 0; c < channels; c += 1) {
        const own = values.filter((_, i) => i % channels === c);
        expect(seen[id]!.channels!.min[c]).toBe(Math.min(...own));
        expect(seen[id]!.channels!.max[c]).toBe(Math.max(...own));
      }
    }
  });

  test('a histogram of all values', () => {
    for (const { id } of graph.tensors) {
      const values = valuesOf(id);
      const points = pointsOf(seen[id]!.histogram!);
      expect(points.counts.reduce((total, count) => total + count, 0)).toBe(values.length);
      const total = points.values.reduce((all, value, i) => all + value * points.counts[i]!, 0);
      const magnitude = values.reduce((all, value) => all + Math.abs(value), 0);
      expect(Math.abs(total - values.reduce((all, value) => all + value, 0))).toBeLessThan(magnitude / 256);
    }
  });
});

describe('of every layer with weights', () => {
  test('moments of what it reads, by node', () => {
    const { moments } = part(inputs);
    expect(moments.map(own => own !== null)).toEqual(graph.nodes.map(({ kind }) => kind !== 'add'));
    // The depthwise layer sees each channel at its middle tap exactly once.
    const convolved = valuesOf(graph.nodes[0]!.output);
    const middles = [0, 1, 2, 3, 4].map(c => convolved.filter((_, i) => i % 5 === c).reduce((a, b) => a + b, 0));
    const ownSums = moments[1]!.sums.filter((_, i) => i % 9 === 4);
    expect(largestDifference(ownSums, middles)).toBeLessThan(1e-4);
    expect(moments[3]!.count).toBe(inputs.length);
    const flat = valuesOf(graph.nodes[2]!.output);
    const firsts = Array.from({ length: 100 }, (_, i) =>
      flat.filter((__, at) => at % 100 === i).reduce((a, b) => a + b),
    );
    expect(largestDifference(moments[3]!.sums, firsts)).toBeLessThan(1e-4);
  });

  test('pixels of a large map are a sample: 64 where products are needed, 256 for means', () => {
    const large = smallGraph([1, 24, 24, 2]);
    const wide = foldedOf(large, large.conv('conv', large.input));
    const maps = normalInputs(wide, 2);
    const countOf = (moments: 'means' | 'products'): number =>
      statisticsOf(wide, maps, { ...EVERYTHING, moments }).moments[0]!.count;
    expect(countOf('products')).toBe(2 * 64);
    expect(countOf('means')).toBe(2 * 256);
  });
});

test('nothing is gathered that is not needed', () => {
  const { tensors, moments } = part(inputs, { histograms: false, channels: false, moments: 'none' });
  expect(tensors.map(({ histogram, channels }) => [histogram, channels])).toEqual(
    graph.tensors.map(() => [null, null]),
  );
  expect(moments).toEqual([null, null, null, null]);
  expect(tensors.map(({ range }) => range)).toEqual(part(inputs).tensors.map(({ range }) => range));
  const means = part(inputs, { ...EVERYTHING, moments: 'means' });
  expect(means.moments.every(own => own === null || own.products === null)).toBe(true);
});

describe('parts', () => {
  test('extremes and histograms are those of the whole in any division', () => {
    holds(
      fc.property(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 }), (a, b) => {
        const [first, second] = [Math.min(a, b), Math.max(a, b)];
        const parts = [inputs.slice(0, first), inputs.slice(first, second), inputs.slice(second)];
        const whole = part(inputs);
        const together = added(parts.map(maps => part(maps)));
        expectEqual({ ...together, moments: [] }, { ...whole, moments: [] });
        for (const [node, moments] of together.moments.entries()) {
          if (moments === null) continue;
          expect(moments.count).toBe(whole.moments[node]!.count);
          expect(largestDifference(moments.sums, whole.moments[node]!.sums)).toBeLessThan(1e-9);
          expect(largestDifference(moments.products!, whole.moments[node]!.products!)).toBeLessThan(1e-8);
        }
      }),
      10,
    );
  });

  test('of one input each, in order, are the whole byte for byte where sums are exact', () => {
    const { builder, input, depthwise } = smallGraph([1, 4, 4, 2]);
    const plain = foldedOf({ ...smallGraph(), builder }, depthwise('depthwise', input));
    const whole = normalInputs(plain, 5).map(map => map.map(value => Math.round(8 * value)));
    const collector = new StatisticsCollector(plain, EVERYTHING);
    for (const map of whole) collector.add(statisticsOf(plain, [map]));
    expectEqual(collector.result(), statisticsOf(plain, whole));
  });

  test('the same parts in the same order are the same bytes', () => {
    const parts = [part(inputs.slice(0, 2)), part(inputs.slice(2, 3)), part(inputs.slice(3))];
    expectEqual(added(parts), added(parts));
  });

  test('a part that saw nothing changes nothing', () => {
    const whole = part(inputs);
    expectEqual(added([part([]), whole]), whole);
    expectEqual(added([whole, part([])]), whole);
  });
});
