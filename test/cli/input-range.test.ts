/** The numbers that pixels become, against those that a quantized input takes. */
import { describe, expect, test } from 'vitest';
import { pictureRange, rangeNote } from '../../src/cli/input-range.ts';
import { quantizationForRange } from '../../src/ir/quantization.ts';

describe('pictureRange', () => {
  test.each([
    ['one mean and deviation', { mean: [127.5], std: [127.5] }, { min: -1, max: 1 }],
    ['a mean for each channel', { mean: [0, 100], std: [50] }, { min: -2, max: 5.1 }],
    ['a deviation for each channel', { mean: [0], std: [255, 51] }, { min: 0, max: 5 }],
  ])('%s', (_, preprocess, range) => {
    expect(pictureRange(preprocess)).toEqual(range);
  });
});

describe('rangeNote', () => {
  const note = (pixels: readonly [number, number], taken: readonly [number, number]): string | null =>
    rangeNote({ min: pixels[0], max: pixels[1] }, quantizationForRange({ min: taken[0], max: taken[1] }));

  test('is silent where the two agree, and where pictures did not use all of their range', () => {
    expect(note([-1, 1], [-1, 1])).toBeNull();
    expect(note([-1, 1], [-0.95, 0.9])).toBeNull();
    expect(note([-2.12, 2.64], [-2.12, 2.64])).toBeNull();
  });

  test('gives the mean and the deviation that would fit', () => {
    expect(note([-1, 1], [0, 1])).toMatch(/become -1 to 1, .* for 0 to 1: .*\{ mean: 0, std: 255 \}/);
    expect(note([0, 1], [-1, 1])).toContain('{ mean: 127, std: 128 }');
    expect(note([-1, 1], [0, 255])).toContain('{ mean: 0, std: 1 }');
    expect(note([0, 255], [-1, 1])).toContain('pixels become 0 to 255');
  });
});
