import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quantizeArray } from '../../src/ir/quantization.ts';
import { softmax } from '../../src/ops/softmax.ts';
import { applyFloat, LAYER, normals } from '../support/operators.ts';
import { holds } from '../support/property.ts';
import { refusalOf } from '../support/refusal.ts';

const OUTPUT = { scale: 1 / 256, zeroPoint: -128 };

function parametersFor(scale: number) {
  const quantization = { scale, zeroPoint: 0 };
  return softmax.quantize({
    attributes: {},
    parameters: {},
    inputs: [{ shape: [1, 2], quantization }],
    output: { shape: [1, 2], quantization: OUTPUT },
    origin: LAYER,
  });
}

/** Shares of one row in units of 1/256. */
function shares(row: ArrayLike<number>, scale: number, rows = 1): number[] {
  const shape = [1, rows, 1, row.length / rows];
  const output = { shape, quantization: OUTPUT, data: new Int8Array(row.length).fill(77) };
  const input = { shape, quantization: { scale, zeroPoint: 0 }, data: Int8Array.from(row) };
  softmax.runInt8({ attributes: {}, parameters: parametersFor(scale), inputs: [input], output });
  return [...output.data].map(value => value + 128);
}

const int8 = fc.integer({ min: -128, max: 127 });
const rows = fc.array(int8, { minLength: 1, maxLength: 60 });
const scales = fc.double({ min: 0.001, max: 2, noNaN: true });

test('float: exponentials over their sum, row by row', () => {
  const input = normals([1, 2, 3, 5], 4, 3);
  const output = applyFloat({ kind: 'softmax', attributes: {}, parameters: {}, inputs: [input] });
  for (let start = 0; start < input.data.length; start += 5) {
    const row = [...input.data.subarray(start, start + 5)];
    const sum = row.reduce((total, value) => total + Math.exp(value), 0);
    row.forEach((value, i) => {
      expect(output.data[start + i]).toBeCloseTo(Math.exp(value) / sum, 6);
    });
  }
});

test('float: large values do not overflow', () => {
  const input = { shape: [1, 2], data: Float32Array.of(1e4, 1e4) };
  expect(applyFloat({ kind: 'softmax', attributes: {}, parameters: {}, inputs: [input] }).data).toEqual(
    Float32Array.of(0.5, 0.5),
  );
});

describe('int8', () => {
  test('is within one step of the exact shares', () => {
    holds(
      fc.property(rows, scales, (row, scale) => {
        const exponentials = row.map(value => Math.exp(scale * (value - Math.max(...row))));
        const sum = exponentials.reduce((a, b) => a + b, 0);
        shares(row, scale).forEach((share, i) => {
          expect(Math.abs(share - Math.min((256 * exponentials[i]!) / sum, 255))).toBeLessThanOrEqual(1);
        });
      }),
      300,
    );
  });

  test('the shares of a row add up to 1 but for each one’s rounding', () => {
    holds(
      fc.property(rows, scales, (row, scale) => {
        const sum = shares(row, scale).reduce((a, b) => a + b, 0);
        expect(Math.abs(sum - 256)).toBeLessThanOrEqual(row.length / 2 + 1);
      }),
    );
  });

  test('does not change where the row is shifted, and follows where it is permuted', () => {
    const middling = fc.array(fc.integer({ min: -60, max: 60 }), { minLength: 1, maxLength: 40 });
    holds(
      fc.property(middling, scales, fc.integer({ min: -60, max: 60 }), (row, scale, shift) => {
        const plain = shares(row, scale);
        expect(
          shares(
            row.map(value => value + shift),
            scale,
          ),
        ).toEqual(plain);
        expect(shares(row.toReversed(), scale)).toEqual(plain.toReversed());
      }),
    );
  });

  test('larger values never get smaller shares', () => {
    holds(
      fc.property(rows, scales, (row, scale) => {
        const sorted = row.toSorted((a, b) => a - b);
        const result = shares(sorted, scale);
        expect(result).toEqual(result.toSorted((a, b) => a - b));
      }),
    );
  });

  test('rows do not see each other', () => {
    const [a, b] = [
      [10, 20, 30],
      [-5, 7, 90],
    ];
    expect(shares([...a!, ...b!], 0.05, 2)).toEqual([...shares(a!, 0.05), ...shares(b!, 0.05)]);
  });

  test.each([
    [1, 255],
    [2, 128],
    [4, 64],
    [16, 16],
    [256, 1],
    [600, 0],
    [1001, 0],
    [4095, 0],
  ])('%i equal values get %i/256 each', (count, share) => {
    expect(new Set(shares(new Int8Array(count).fill(127), 0.1))).toEqual(new Set([share]));
  });

  test('differences beyond the reach of Q5.26 are nothing', () => {
    const { diffMin } = parametersFor(1);
    // ⌊31 · 2^26 / 2^27⌋: the scale 1 is 0.5 · 2^27 in Q5.26, and exp(−16) is below half a share anyway.
    expect(diffMin).toBe(-15);
    expect(shares([0, -15, -16, -128], 1)).toEqual([255, 0, 0, 0]);
  });
});

describe('quantization', () => {
  test('the multiplier is the input’s scale in Q5.26', () => {
    holds(
      fc.property(scales, scale => {
        const { multiplier, shift, diffMin } = parametersFor(scale);
        expect(multiplier * 2 ** (shift - 31)).toBeCloseTo(scale * 2 ** 26, 0);
        expect(diffMin).toBe(-Math.floor((31 * 2 ** 26) / 2 ** shift));
      }),
    );
  });

  test('a scale below 2^-27 is refused: the shift to the left would become one to the right', () => {
    expect(parametersFor(2 ** -27).shift).toBe(0);
    expect(refusalOf(() => parametersFor(2 ** -28))).toMatchObject({ code: 'SNUG402', origin: LAYER });
  });
});

test('rows of more than 4095 values are refused', () => {
  expect(softmax.outputShape({}, [[1, 4095]], LAYER)).toEqual([1, 4095]);
  expect(refusalOf(() => softmax.outputShape({}, [[1, 4096]], LAYER))).toMatchObject({
    code: 'SNUG301',
    origin: LAYER,
  });
});

test('quantized logits give the float probabilities to a step', () => {
  const logits = normals([1, 20], 9, 3);
  const scale = 0.08;
  const float = applyFloat({ kind: 'softmax', attributes: {}, parameters: {}, inputs: [logits] });
  const int8Shares = shares(quantizeArray(logits.data, { scale, zeroPoint: 0 }), scale);
  // Half a step of a logit changes a share by at most scale / 4 of the whole.
  int8Shares.forEach((share, i) => {
    expect(Math.abs(share / 256 - float.data[i]!)).toBeLessThan(scale / 2 + 1 / 256);
  });
});
