import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SnugError } from '../../src/diagnostics/diagnostic.ts';
import { type Quantization, quantizationForRange, quantizeValue } from '../../src/ir/quantization.ts';
import {
  arrayToInt8,
  arrayToReal,
  DEFAULT_PREPROCESS,
  type Preprocess,
  pixelRange,
  pixelTable,
  preprocessOf,
  toInt8,
  toReal,
} from '../../src/pictures/preprocess.ts';

const IMAGENET = preprocessOf({ mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] });

/** Every byte in every channel, H×W×C. */
function allPixels(channels: number): Uint8Array {
  return Uint8Array.from({ length: 256 * channels }, (_, i) => Math.floor(i / channels));
}

test('the defaults are those of TensorFlow', () => {
  expect(preprocessOf()).toEqual(DEFAULT_PREPROCESS);
  expect(preprocessOf({ std: 2, resize: 'squash' })).toEqual({ ...DEFAULT_PREPROCESS, std: [2], resize: 'squash' });
  expect([...toReal(Uint8Array.of(0, 51, 255), DEFAULT_PREPROCESS, 1)]).toEqual([-1, Math.fround(-0.6), 1]);
});

test('each channel has its own mean and std', () => {
  const preprocess: Preprocess = { ...DEFAULT_PREPROCESS, mean: [0, 10, 20], std: [1, 2, 4] };
  expect([...toReal(Uint8Array.of(8, 8, 8, 255, 255, 255), preprocess, 3)]).toEqual([8, -1, -3, 255, 122.5, 58.75]);
});

const FITTING = quantizationForRange({ min: -1, max: 1 });

// Files state 1/127.5 in float32, and TensorFlow's are one step beside the nearest.
test.each([
  ['as computed here', FITTING],
  ['the nearest float32', { scale: Math.fround(1 / 127.5), zeroPoint: -1 }],
  ['one step above', { scale: 0.00784313772, zeroPoint: -1 }],
  ['one step below', { scale: 0.0078431368, zeroPoint: -1 }],
  ['zero point 0', { scale: 0.00784313772, zeroPoint: 0 }],
])('the usual quantization of pixels is a subtraction, for every pixel: %s', (_, quantization) => {
  const expected = Array.from({ length: 256 }, (_, pixel) => Math.min(pixel - 127 + quantization.zeroPoint, 127));
  for (const table of pixelTable(DEFAULT_PREPROCESS, 3, quantization)) expect([...table]).toEqual(expected);
});

test('the quantization of a range of -1 to 1', () => {
  expect(FITTING).toEqual({ scale: 2 / 255, zeroPoint: -1 });
});

/**
 * floor((pixel − mean) / (std · scale) + 1/2) + zeroPoint in whole numbers: every factor is a multiple of a power of two, as
 * all numbers of float64 are. What is within 2⁻²¹ of a tie may go either way.
 */
function exactly(pixel: number, mean: number, std: number, { scale, zeroPoint }: Quantization): readonly number[] {
  // Of 53 digits the last is 2⁻¹¹² where the number is 2⁻⁶⁰, and what is smaller changes nothing here.
  const DIGITS = 120;
  const whole = (value: number): bigint => (Math.abs(value) < 2 ** -60 ? 0n : BigInt(value * 2 ** DIGITS));
  const numerator = (whole(pixel) - whole(mean)) * 2n ** BigInt(DIGITS);
  const denominator = whole(std) * whole(scale);
  const SCALED = 2n ** 60n;
  const quotient = (numerator * SCALED) / denominator;
  const slack = (quotient < 0n ? -quotient : quotient) / 2n ** 21n + 1n;
  const floor = (value: bigint): number => Number(value >= 0n ? value / SCALED : -((-value + SCALED - 1n) / SCALED));
  const clamped = (value: bigint): number => Math.max(-128, Math.min(127, floor(value + SCALED / 2n) + zeroPoint));
  return [...new Set([clamped(quotient - slack), clamped(quotient + slack)])];
}

test('the table is the definition in whole numbers, for any mean, std and quantization', () => {
  const values = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });
  const quantizations = fc.record({ scale: values(1e-4, 10), zeroPoint: fc.integer({ min: -128, max: 127 }) });
  fc.assert(
    fc.property(values(-300, 300), values(1e-3, 300), quantizations, (mean, std, quantization) => {
      const [table] = pixelTable(preprocessOf({ mean, std }), 1, quantization);
      const wrong = [...table!].filter((q, pixel) => !exactly(pixel, mean, std, quantization).includes(q));
      expect(wrong).toEqual([]);
    }),
    { numRuns: 30 },
  );
});

test.each([
  ['TensorFlow', DEFAULT_PREPROCESS, { scale: 2 / 255, zeroPoint: -1 }],
  ['ImageNet', IMAGENET, { scale: 0.018658, zeroPoint: -14 }],
  ['clipping', IMAGENET, { scale: 0.001, zeroPoint: 3 }],
] as const)('reals and integers of pixels agree: %s', (_, preprocess, quantization) => {
  const int8 = toInt8(allPixels(3), pixelTable(preprocess, 3, quantization));
  const viaReal = Array.from(toReal(allPixels(3), preprocess, 3), real => quantizeValue(real, quantization));
  expect([...int8]).toEqual(viaReal);
});

describe('scaling that was taken out of a network', () => {
  const inside = { kind: 'affine', scale: [2, 1, 0.5], offset: [1, 0, -1] } as const;
  const preprocess: Preprocess = { ...DEFAULT_PREPROCESS, mean: [0], std: [255], inside };

  test('follows mean and deviation, channel by channel', () => {
    expect([...toReal(Uint8Array.of(0, 255, 255), preprocess, 3)]).toEqual([1, 1, -0.5]);
    expect(pixelRange(preprocess, 3)).toEqual({ min: -1, max: 3 });
  });

  test('is done to arrays too, which hold what the file takes', () => {
    expect([...arrayToReal(Float32Array.of(1, 2, 3, 0, 0, 0), preprocess, 3)]).toEqual([3, 2, 0.5, 1, 0, -1]);
    const quantization = { scale: 0.5, zeroPoint: 0 };
    expect([...arrayToInt8(Float32Array.of(1, 2, 3), inside, quantization, 3)]).toEqual([6, 4, 1]);
  });

  test('in integers is a table over the integers of the file', () => {
    const integers = {
      kind: 'integers',
      input: { scale: 1, zeroPoint: -128 },
      output: { scale: 0.5, zeroPoint: 10 },
      tables: [Array.from({ length: 256 }, (_, place) => Math.trunc((place - 128) / 2))],
    } as const;
    const raw: Preprocess = { ...DEFAULT_PREPROCESS, mean: [0], std: [1], inside: integers };
    expect([...toInt8(Uint8Array.of(0, 128, 255), pixelTable(raw, 1, integers.output))]).toEqual([-64, 0, 63]);
    expect([...toReal(Uint8Array.of(0, 128, 255), raw, 1)]).toEqual([-37, -5, 26.5]);
    expect([...arrayToInt8(Float32Array.of(0, 128, 255), integers, integers.output, 1)]).toEqual([-64, 0, 63]);
    expect([...arrayToReal(Float32Array.of(128), raw, 1)]).toEqual([-5]);
  });
});

test('the range of a vector of thousands of values is that of one', () => {
  expect(pixelRange(DEFAULT_PREPROCESS, 20_000)).toEqual({ min: -1, max: 1 });
});

test('a mean for each of three channels does not fit a grey network', () => {
  const error = (): unknown => toReal(allPixels(1), IMAGENET, 1);
  expect(error).toThrow(SnugError);
  expect(error).toThrow("SNUG110: preprocess.mean has 3 values, and the network's input has 1 channels");
});
