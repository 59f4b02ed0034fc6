import { expect, test } from 'vitest';
import { reshape } from '../../src/ops/reshape.ts';
import { type Application, applyFloat, applyInt8, LAYER, normals } from '../support/operators.ts';
import { refusalOf } from '../support/refusal.ts';

const application: Application<'reshape'> = {
  kind: 'reshape',
  attributes: { shape: [1, 24] },
  parameters: {},
  inputs: [normals([1, 2, 3, 4], 1)],
};

test('keeps elements and order, in float and int8', () => {
  expect(applyFloat(application)).toEqual({ shape: [1, 24], data: application.inputs[0]!.data });
  const { inputs, output } = applyInt8(application);
  expect(output.data).toEqual(inputs[0]!.data);
  expect(output.quantization).toEqual(inputs[0]!.quantization);
});

test('another number of elements is refused', () => {
  const { code, origin, message } = refusalOf(() => reshape.outputShape({ shape: [1, 25] }, [[1, 2, 3, 4]], LAYER));
  expect([code, origin]).toEqual(['SNUG301', LAYER]);
  expect(message).toContain('1×2×3×4');
});

test('is no call in C', () => {
  const info = { shape: [1, 24], quantization: { scale: 1, zeroPoint: 0 } };
  expect(reshape.lower({ ...application, parameters: {}, inputs: [info], output: info })).toEqual({ kind: 'alias' });
});
