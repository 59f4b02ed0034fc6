import fc from 'fast-check';
import { expect, test } from 'vitest';
import { framingOf } from '../../src/pictures/geometry.ts';

const SQUARE = { height: 224, width: 224 };
const cover = { resize: 'cover', cropFraction: 1 } as const;

test.each([
  ['landscape', { height: 300, width: 600 }, cover, { height: 224, width: 448 }, 112, 0],
  ['portrait', { height: 600, width: 300 }, cover, { height: 448, width: 224 }, 0, 112],
  ['upscaled', { height: 56, width: 112 }, cover, { height: 224, width: 448 }, 112, 0],
  [
    'ImageNet',
    { height: 512, width: 768 },
    { resize: 'cover', cropFraction: 0.875 },
    { height: 256, width: 384 },
    80,
    16,
  ],
  ['stretched', { height: 30, width: 600 }, { resize: 'fill', cropFraction: 1 }, SQUARE, 0, 0],
  [
    'stretched, cropped',
    { height: 30, width: 60 },
    { resize: 'fill', cropFraction: 0.875 },
    { height: 256, width: 256 },
    16,
    16,
  ],
] as const)('%s', (_, picture, preprocess, resized, left, top) => {
  expect(framingOf(picture, SQUARE, preprocess)).toEqual({ resized, left, top });
});

test('a picture of the right size is left alone, and one of the size before the crop is only cropped', () => {
  for (const resize of ['cover', 'fill', 'none'] as const) {
    expect(framingOf(SQUARE, SQUARE, { resize, cropFraction: 1 })).toEqual({ resized: null, left: 0, top: 0 });
  }
  const before = { height: 256, width: 256 };
  expect(framingOf(before, SQUARE, { resize: 'cover', cropFraction: 0.875 })).toEqual({
    resized: null,
    left: 16,
    top: 16,
  });
  expect(framingOf({ height: 224, width: 300 }, SQUARE, cover)).toEqual({ resized: null, left: 38, top: 0 });
});

test('none has no framing for another size', () => {
  expect(framingOf({ height: 224, width: 225 }, SQUARE, { resize: 'none', cropFraction: 1 })).toBeNull();
});

test('the crop always lies inside the resized picture, centred to a pixel', () => {
  const areas = fc.record({ height: fc.integer({ min: 1, max: 3000 }), width: fc.integer({ min: 1, max: 3000 }) });
  const fractions = fc.double({ min: 0.1, max: 1, noNaN: true });
  fc.assert(
    fc.property(areas, areas, fractions, fc.constantFrom('cover', 'fill'), (picture, target, cropFraction, resize) => {
      const { resized, left, top } = framingOf(picture, target, { resize, cropFraction })!;
      const size = resized ?? picture;
      for (const [whole, part, offset] of [
        [size.width, target.width, left],
        [size.height, target.height, top],
      ] as const) {
        expect(offset).toBeGreaterThanOrEqual(0);
        const after = whole - part - offset;
        expect(after - offset === 0 || after - offset === 1).toBe(true);
      }
    }),
  );
});
