import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SnugError } from '../../src/diagnostics/diagnostic.ts';
import { quantizationForRange, quantizeValue } from '../../src/ir/quantization.ts';
import {
  DEFAULT_PREPROCESS,
  type Preprocess,
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
  expect(preprocessOf({ std: 2, resize: 'fill' })).toEqual({ ...DEFAULT_PREPROCESS, std: [2], resize: 'fill' });
  expect([...toReal(Uint8Array.of(0, 51, 255), DEFAULT_PREPROCESS, 1)]).toEqual([-1, Math.fround(-0.6), 1]);
});

test('each channel has its own mean and std', () => {
  const preprocess: Preprocess = { ...DEFAULT_PREPROCESS, mean: [0, 10, 20], std: [1, 2, 4] };
  expect([...toReal(Uint8Array.of(8, 8, 8, 255, 255, 255), preprocess, 3)]).toEqual([8, -1, -3, 255, 122.5, 58.75]);
});

test('the usual quantization of pixels is a subtraction, for every pixel', () => {
  const expected = Array.from({ length: 256 }, (_, pixel) => pixel - 128);
  const range = { min: -1, max: 1 };
  expect(quantizationForRange(range)).toEqual({ scale: 2 / 255, zeroPoint: -1 });
  for (const table of pixelTable(DEFAULT_PREPROCESS, 3, quantizationForRange(range))) {
    expect([...table]).toEqual(expected);
  }
});

describe.each([
  ['TensorFlow', DEFAULT_PREPROCESS, { scale: 2 / 255, zeroPoint: -1 }],
  ['ImageNet', IMAGENET, { scale: 0.018658, zeroPoint: -14 }],
  ['clipping', IMAGENET, { scale: 0.001, zeroPoint: 3 }],
])('%s', (_, preprocess, quantization) => {
  test.each([1, 3].filter(channels => preprocess.mean.length === 1 || channels === 3))(
    'the table is quantizeValue of the real, for every byte and channel of %i',
    channels => {
      const pixels = allPixels(channels);
      const viaReal = Array.from(toReal(pixels, preprocess, channels), real => quantizeValue(real, quantization));
      expect([...toInt8(pixels, pixelTable(preprocess, channels, quantization))]).toEqual(viaReal);
    },
  );
});

test('the table agrees for any mean, std and quantization', () => {
  const values = (min: number, max: number): fc.Arbitrary<number[]> =>
    fc.array(fc.double({ min, max, noNaN: true }), { minLength: 3, maxLength: 3 });
  const quantizations = fc.record({
    scale: fc.double({ min: 1e-4, max: 10, noNaN: true }),
    zeroPoint: fc.integer({ min: -128, max: 127 }),
  });
  fc.assert(
    fc.property(values(-300, 300), values(1e-3, 300), quantizations, (mean, std, quantization) => {
      const preprocess = preprocessOf({ mean, std });
      const reals = toReal(allPixels(3), preprocess, 3);
      const int8 = toInt8(allPixels(3), pixelTable(preprocess, 3, quantization));
      expect(int8).toEqual(Int8Array.from(reals, real => quantizeValue(real, quantization)));
    }),
    { numRuns: 50 },
  );
});

test('a mean for each of three channels does not fit a grey network', () => {
  const error = (): unknown => toReal(allPixels(1), IMAGENET, 1);
  expect(error).toThrow(SnugError);
  expect(error).toThrow("SNUG110: preprocess.mean has 3 values, and the network's input has 1 channels");
});
