import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dequantizeArray, type Quantization } from '../../src/ir/quantization.ts';
import { add } from '../../src/ops/add.ts';
import { exactClamp, exactRequantize } from '../support/fixed-point-oracle.ts';
import { type Application, applyFloat, applyInt8, LAYER, largestDifference, normals } from '../support/operators.ts';
import { holds } from '../support/property.ts';
import { refusalOf } from '../support/refusal.ts';

const SHAPE = [1, 3, 5, 7];

function adding(deviations: readonly [number, number], relu: boolean): Application<'add'> {
  return {
    kind: 'add',
    attributes: { activation: relu ? { min: 0, max: Infinity } : null },
    parameters: {},
    inputs: [normals(SHAPE, 1, deviations[0]), normals(SHAPE, 2, deviations[1])],
  };
}

test('float: the sum, clamped', () => {
  const application = adding([1, 2], true);
  const [a, b] = application.inputs;
  expect(applyFloat(application).data).toEqual(a!.data.map((value, i) => Math.max(value + b!.data[i]!, 0)));
});

test('int8: the formula of the doc comment in unbounded integers, near the float sum', () => {
  const deviations = fc.double({ min: 0.01, max: 100, noNaN: true });
  holds(
    fc.property(deviations, deviations, fc.boolean(), (first, second, relu) => {
      const application = adding([first, second], relu);
      const float = applyFloat(application);
      const { parameters, inputs, output } = applyInt8(application, float);
      const [a, b] = [inputs[0]!, inputs[1]!];
      const term = (value: number, { zeroPoint }: Quantization, m: { multiplier: number; shift: number }): bigint =>
        exactRequantize(BigInt(value - zeroPoint) << 20n, m.multiplier, m.shift);
      const exact = [...a.data].map((value, i) => {
        const sum = term(value, a.quantization, parameters.first) + term(b.data[i]!, b.quantization, parameters.second);
        const scaled = exactRequantize(sum, parameters.sum.multiplier, parameters.sum.shift);
        return exactClamp(scaled + BigInt(output.quantization.zeroPoint), parameters.activation);
      });
      expect([...output.data]).toEqual(exact);
      // Half a step of each input; the output's half step, and its saturation where the zero point was rounded.
      const bound = (a.quantization.scale + b.quantization.scale) / 2 + 1.05 * output.quantization.scale;
      expect(largestDifference(dequantizeArray(output.data, output.quantization), float.data)).toBeLessThan(bound);
    }),
    60,
  );
});

describe('quantization', () => {
  const info = (scale: number) => ({ shape: [1, 4], quantization: { scale, zeroPoint: 0 } });
  const quantize = (first: number, second: number, sum: number) =>
    add.quantize({
      attributes: { activation: null },
      parameters: {},
      inputs: [info(first), info(second)],
      output: info(sum),
      origin: LAYER,
    });

  test('scales both inputs to twice the larger one', () => {
    expect(quantize(0.5, 0.125, 1)).toEqual({
      first: { multiplier: 2 ** 30, shift: 0 },
      second: { multiplier: 2 ** 30, shift: -2 },
      sum: { multiplier: 2 ** 30, shift: -19 },
      activation: { min: -128, max: 127 },
    });
  });

  test('refuses an output so fine that the sum would leave int32', () => {
    expect(quantize(1, 1, 2 ** -21).sum.shift).toBe(3);
    expect(refusalOf(() => quantize(1, 1, 2 ** -22))).toMatchObject({ code: 'SNUG402', origin: LAYER });
  });
});

test('takes two tensors of one shape', () => {
  const { code, origin, message } = refusalOf(() =>
    add.outputShape(
      { activation: null },
      [
        [1, 2],
        [1, 3],
      ],
      LAYER,
    ),
  );
  expect([code, origin]).toEqual(['SNUG301', LAYER]);
  expect(message).toContain('1×2 and 1×3');
  expect(add.macs({ activation: null }, [SHAPE, SHAPE], SHAPE)).toBe(0);
});
