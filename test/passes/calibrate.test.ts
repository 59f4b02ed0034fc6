import { describe, expect, test } from 'vitest';
import type { Graph } from '../../src/graph/graph.ts';
import { runFloat } from '../../src/interpreter/run-float.ts';
import { applyStatistics } from '../../src/passes/calibrate.ts';
import { type CalibrationMethod, needsHistograms } from '../../src/passes/ranges/index.ts';
import { StatisticsCollector } from '../../src/passes/statistics/statistics.ts';
import { normals } from '../support/operators.ts';
import { refusalOf } from '../support/refusal.ts';
import { smallGraph } from '../support/small-graphs.ts';

const MINMAX: CalibrationMethod = { kind: 'minmax' };
const PERCENTILE: CalibrationMethod = { kind: 'percentile', coverage: 0.99 };
const METHODS: readonly CalibrationMethod[] = [
  MINMAX,
  PERCENTILE,
  { kind: 'mse' },
  { kind: 'entropy' },
  { kind: 'auto' },
];

const collectorFor = (method: CalibrationMethod): StatisticsCollector =>
  new StatisticsCollector(graph, { histograms: needsHistograms(method), channels: false, moments: 'none' });

const { builder, input, conv, clamp } = smallGraph();
const graph = { ...builder.finish(clamp('relu', conv('conv', input), 0, 6)), stage: 'folded' } as Graph<'folded'>;
const pictures = [1, 2, 3].map(seed => normals([1, 6, 6, 4], seed, seed).data);

function statistics(method: CalibrationMethod, of: readonly Float32Array[] = pictures) {
  const collector = collectorFor(method);
  for (const picture of of) runFloat(graph, picture, (tensor, data) => collector.observe(tensor, data));
  return collector.result();
}

describe('minmax', () => {
  test('covers everything that was seen', () => {
    const calibrated = applyStatistics(graph, statistics(MINMAX), MINMAX);
    const seen = pictures.flatMap(picture => [...picture]);
    expect(calibrated.stage).toBe('calibrated');
    expect(calibrated.tensors[0]!.range).toEqual({ min: Math.min(...seen), max: Math.max(...seen) });
    expect(calibrated.tensors[2]!.range.min).toBe(0);
    expect(calibrated.nodes).toBe(graph.nodes);
  });
});

describe('percentile', () => {
  test('leaves the tails outside, and no more than they are', () => {
    const { min, max } = applyStatistics(graph, statistics(PERCENTILE), PERCENTILE).tensors[0]!.range;
    const seen = pictures.flatMap(picture => [...picture]);
    const outside = seen.filter(value => value < min || value > max).length;
    expect(outside).toBeLessThanOrEqual(seen.length * 0.01);
    expect(outside).toBeGreaterThan(0);
  });

  test('is never wider than what was seen', () => {
    const all: CalibrationMethod = { kind: 'percentile', coverage: 1 };
    const [tight, wide] = [statistics(all), statistics(MINMAX)];
    expect(applyStatistics(graph, tight, all).tensors).toEqual(applyStatistics(graph, wide, MINMAX).tensors);
  });
});

test.each(METHODS)('statistics add up in any order and division: $kind', method => {
  const whole = statistics(method);
  const [a, b, c] = pictures;
  const collector = collectorFor(method);
  collector.add(statistics(method, [c!]));
  collector.add(statistics(method, [b!, a!]));
  expect(applyStatistics(graph, collector.result(), method)).toEqual(applyStatistics(graph, whole, method));
});

test('a tensor of which nothing was seen is refused by name', () => {
  const none = collectorFor(MINMAX).result();
  expect(refusalOf(() => applyStatistics(graph, none, MINMAX))).toMatchObject({
    code: 'SNUG403',
    origin: { tensor: 'input' },
  });
  expect(
    refusalOf(() => applyStatistics(graph, { tensors: statistics(MINMAX).tensors.slice(0, 2) }, MINMAX)).origin,
  ).toEqual({
    tensor: 'relu',
  });
});

test('a tensor that overflowed is refused by name', () => {
  const collector = collectorFor(MINMAX);
  collector.add(statistics(MINMAX));
  collector.observe(1, Float32Array.of(0, Infinity));
  expect(refusalOf(() => applyStatistics(graph, collector.result(), MINMAX))).toMatchObject({
    code: 'SNUG403',
    origin: { tensor: 'conv' },
  });
});
