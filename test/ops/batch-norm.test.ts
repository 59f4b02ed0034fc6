import { expect, test } from 'vitest';
import { asAffine, batchNorm } from '../../src/ops/batch-norm.ts';
import { applyFloat, LAYER, normals } from '../support/operators.ts';

const parameters = {
  gamma: Float32Array.of(1, -2, 0),
  beta: Float32Array.of(0.5, 0, 3),
  mean: Float32Array.of(1, -1, 2),
  variance: Float32Array.of(4, 0.25, 1),
};

test('is gamma · (in − mean) / sqrt(variance + epsilon) + beta, per channel', () => {
  const input = normals([1, 3, 2, 3], 6, 4);
  const epsilon = 1e-3;
  const output = applyFloat({ kind: 'batchNorm', attributes: { epsilon }, parameters, inputs: [input] });
  input.data.forEach((value, i) => {
    const c = i % 3;
    const normalized = (value - parameters.mean[c]!) / Math.sqrt(parameters.variance[c]! + epsilon);
    expect(output.data[i]).toBeCloseTo(parameters.gamma[c]! * normalized + parameters.beta[c]!, 4);
  });
});

test('epsilon is part of the affine form', () => {
  const { factor, offset } = asAffine({ epsilon: 0.75 }, parameters);
  expect(factor[1]).toBe(-2);
  expect(offset[1]).toBe(-2);
});

test('constants have one value a channel, of maps and of vectors', () => {
  for (const shape of [
    [1, 4, 4, 3],
    [1, 3],
  ]) {
    expect(batchNorm.outputShape({ epsilon: 0 }, [shape], LAYER)).toEqual(shape);
    expect(batchNorm.parameterShapes({ epsilon: 0 }, [shape])).toEqual({
      gamma: [3],
      beta: [3],
      mean: [3],
      variance: [3],
    });
  }
});
