import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolvePadding, symmetricPadding, validTaps, type Window, windowOutput } from '../../src/ops/window.ts';
import { samePadding } from '../support/naive-convolution.ts';
import { LAYER } from '../support/operators.ts';
import { holds } from '../support/property.ts';

const map = (height: number, width: number) => ({ batch: 1, height, width, channels: 1 });
const sizes = fc.integer({ min: 1, max: 40 });
const kernels = fc.integer({ min: 1, max: 7 });
const strides = fc.integer({ min: 1, max: 4 });

describe('same padding', () => {
  test('gives ceil(input / stride), and agrees with TensorFlow’s wording', () => {
    holds(
      fc.property(
        fc.tuple(sizes, sizes),
        fc.tuple(kernels, kernels),
        fc.tuple(strides, strides),
        (size, kernel, stride) => {
          const window: Window = { kernel, stride, padding: 'same' };
          expect(windowOutput(window, map(...size), LAYER)).toEqual({
            height: Math.ceil(size[0] / stride[0]),
            width: Math.ceil(size[1] / stride[1]),
          });
          const [top, bottom] = samePadding(size[0], kernel[0], stride[0]);
          const [left, right] = samePadding(size[1], kernel[1], stride[1]);
          expect(resolvePadding(window, map(...size))).toEqual({ top, bottom, left, right });
        },
      ),
    );
  });

  test('the odd pixel of 224 at stride 2 is at the bottom and right', () => {
    expect(resolvePadding({ kernel: [3, 3], stride: [2, 2], padding: 'same' }, map(224, 224))).toEqual({
      top: 0,
      bottom: 1,
      left: 0,
      right: 1,
    });
  });
});

test('symmetric padding is PyTorch’s (k − 1) / 2', () => {
  expect(symmetricPadding([3, 7])).toEqual({ top: 1, bottom: 1, left: 3, right: 3 });
  expect(symmetricPadding([1, 1])).toEqual({ top: 0, bottom: 0, left: 0, right: 0 });
});

test('validTaps is the set of taps that fall inside', () => {
  holds(
    fc.property(
      sizes,
      kernels,
      strides,
      fc.integer({ min: 0, max: 9 }),
      sizes,
      (input, kernel, stride, before, position) => {
        const { start, begin, end } = validTaps(position, stride, before, kernel, input);
        const taps = Array.from({ length: kernel }, (_, tap) => tap);
        const inside = taps.filter(tap => {
          const place = position * stride - before + tap;
          return place >= 0 && place < input;
        });
        expect(taps.filter(tap => tap >= begin && tap < end)).toEqual(inside);
        expect(start).toBe(position * stride - before);
      },
    ),
    1000,
  );
});
