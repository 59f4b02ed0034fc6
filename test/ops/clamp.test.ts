import { expect, test } from 'vitest';
import { dequantizeArray } from '../../src/ir/quantization.ts';
import { clamp } from '../../src/ops/clamp.ts';
import { type Application, applyFloat, applyInt8, LAYER, largestDifference, normals } from '../support/operators.ts';

const relu6 = (deviation: number): Application<'clamp'> => ({
  kind: 'clamp',
  attributes: { min: 0, max: 6 },
  parameters: {},
  inputs: [normals([1, 4, 4, 3], 2, deviation)],
});

test('float: min(max(in, 0), 6)', () => {
  const application = relu6(5);
  const { data } = applyFloat(application);
  expect(data).toEqual(application.inputs[0]!.data.map(value => Math.min(Math.max(value, 0), 6)));
  expect([Math.min(...data), Math.max(...data)]).toEqual([0, 6]);
});

test('int8: the bounds in the input’s quantization, within half a step of float', () => {
  const application = relu6(5);
  const { inputs, output } = applyInt8(application);
  const { scale, zeroPoint } = inputs[0]!.quantization;
  const [low, high] = [zeroPoint, Math.round(6 / scale) + zeroPoint];
  expect([...output.data]).toEqual([...inputs[0]!.data].map(value => Math.min(Math.max(value, low), high)));
  expect(output.quantization).toEqual(inputs[0]!.quantization);
  const back = dequantizeArray(output.data, output.quantization);
  expect(largestDifference(back, applyFloat(application).data)).toBeLessThanOrEqual(scale);
});

test('keeps the shape', () => {
  expect(clamp.outputShape({ min: 0, max: 6 }, [[1, 2, 3, 4]], LAYER)).toEqual([1, 2, 3, 4]);
  expect(clamp.macs({ min: 0, max: 6 }, [[1, 2, 3, 4]], [1, 2, 3, 4])).toBe(0);
});
