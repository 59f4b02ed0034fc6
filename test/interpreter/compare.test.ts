import { describe, expect, test } from 'vitest';
import { compareBytes, layerSqnr } from '../../src/interpreter/compare.ts';
import { runFloat } from '../../src/interpreter/run-float.ts';
import { quantizeArray } from '../../src/ir/quantization.ts';
import { mobilenetV2 } from '../../src/models/mobilenet-v2.ts';
import { applyStatistics } from '../../src/passes/calibrate.ts';
import { foldGraph } from '../../src/passes/index.ts';
import { quantize } from '../../src/passes/quantize.ts';
import { StatisticsCollector } from '../../src/passes/statistics/statistics.ts';
import { normals } from '../support/operators.ts';

describe('compareBytes', () => {
  const layer = (name: string, expected: readonly number[], actual: readonly number[]) => ({
    layer: name,
    expected: Int8Array.from(expected),
    actual: Int8Array.from(actual),
  });

  test('equal layers have no difference', () => {
    expect(compareBytes([layer('a', [1, 2], [1, 2]), layer('b', [], [])])).toEqual({ differingBytes: 0, first: null });
  });

  test('the first differing element of the first differing layer is named, and all are counted', () => {
    const layers = [layer('a', [1, 2], [1, 2]), layer('b', [1, 2, 3], [1, -2, 4]), layer('c', [5], [6])];
    expect(compareBytes(layers)).toEqual({
      differingBytes: 3,
      first: { layer: 'b', offset: 1, expected: 2, actual: -2 },
    });
  });

  test.each([
    [[1, 2, 3], [1, 2], 1],
    [[1, 2], [1, 2, 3], 1],
    [[1], [], Number.NaN],
  ])('layers of another length differ in every byte: %j, %j', (expected, actual, value) => {
    expect(compareBytes([layer('a', expected, actual)])).toEqual({
      differingBytes: Math.max(expected.length, actual.length),
      first: { layer: 'a', offset: 0, expected: 1, actual: value },
    });
  });
});

describe('layerSqnr of a small MobileNetV2', () => {
  const method = { kind: 'minmax' } as const;
  const folded = foldGraph(mobilenetV2({ width: 0.35, resolution: 32, classes: 10 }), { softmax: false });
  const pictures = [1, 2, 3].map(seed => normals([1, 32, 32, 3], seed).data.map(value => Math.tanh(value)));
  const collector = new StatisticsCollector(folded, { histograms: false, channels: false, moments: 'none' });
  for (const picture of pictures) runFloat(folded, picture, (tensor, data) => collector.observe(tensor, data));
  const quantized = quantize(applyStatistics(folded, collector.result(), method), { inputRange: { min: -1, max: 1 } });
  const { quantization } = quantized.tensors[quantized.input]!;
  const inputs = pictures.map(real => ({ real, int8: quantizeArray(real, quantization) }));
  const sqnr = layerSqnr(folded, quantized, inputs);
  const at = (name: string) => sqnr[folded.tensors.findIndex(tensor => tensor.name === name)]!;

  test('every tensor has a finite figure, from clean to noisy', () => {
    expect(sqnr).toHaveLength(folded.tensors.length);
    expect(sqnr.every(Number.isFinite)).toBe(true);
    expect(at('image')).toBeGreaterThan(40);
    expect(at('stem')).toBeGreaterThan(30);
    expect(at('block_8_project')).toBeGreaterThan(10);
    expect(at('classifier')).toBeGreaterThan(5);
    expect(at('image')).toBeGreaterThan(at('classifier'));
  });

  test('all inputs count together', () => {
    const single = inputs.map(input => layerSqnr(folded, quantized, [input])[1]!);
    expect(at('stem')).toBeGreaterThanOrEqual(Math.min(...single));
    expect(at('stem')).toBeLessThanOrEqual(Math.max(...single));
  });
});
