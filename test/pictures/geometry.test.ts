import fc from 'fast-check';
import { expect, test } from 'vitest';
import { framingOf } from '../../src/pictures/geometry.ts';

const SQUARE = { height: 224, width: 224 };
const crop = { resize: 'crop', cropFraction: 1 } as const;

test.each([
  ['landscape', { height: 300, width: 600 }, crop, { height: 224, width: 448 }, 112, 0],
  ['portrait', { height: 600, width: 300 }, crop, { height: 448, width: 224 }, 0, 112],
  ['upscaled', { height: 56, width: 112 }, crop, { height: 224, width: 448 }, 112, 0],
  [
    'ImageNet',
    { height: 512, width: 768 },
    { resize: 'crop', cropFraction: 0.875 },
    { height: 256, width: 384 },
    80,
    16,
  ],
  ['stretched', { height: 30, width: 600 }, { resize: 'squash', cropFraction: 1 }, SQUARE, 0, 0],
  [
    'stretched, cropped',
    { height: 30, width: 60 },
    { resize: 'squash', cropFraction: 0.875 },
    { height: 256, width: 256 },
    16,
    16,
  ],
] as const)('%s', (_, picture, preprocess, resized, left, top) => {
  expect(framingOf(picture, SQUARE, preprocess)).toEqual({ resized, left, top, border: null });
});

test('a picture of the right size is left alone, and one of the size before the crop is only cropped', () => {
  for (const resize of ['crop', 'squash', 'none'] as const) {
    expect(framingOf(SQUARE, SQUARE, { resize, cropFraction: 1 })).toEqual({
      resized: null,
      left: 0,
      top: 0,
      border: null,
    });
  }
  const before = { height: 256, width: 256 };
  expect(framingOf(before, SQUARE, { resize: 'crop', cropFraction: 0.875 })).toEqual({
    resized: null,
    left: 16,
    top: 16,
    border: null,
  });
  expect(framingOf({ height: 224, width: 300 }, SQUARE, crop)).toEqual({
    resized: null,
    left: 38,
    top: 0,
    border: null,
  });
});

test('none has no framing for another size', () => {
  expect(framingOf({ height: 224, width: 225 }, SQUARE, { resize: 'none', cropFraction: 1 })).toBeNull();
});

test('the crop always lies inside the resized picture, centred to a pixel', () => {
  const areas = fc.record({ height: fc.integer({ min: 1, max: 3000 }), width: fc.integer({ min: 1, max: 3000 }) });
  const fractions = fc.double({ min: 0.1, max: 1, noNaN: true });
  fc.assert(
    fc.property(areas, areas, fractions, fc.constantFrom('crop', 'squash'), (picture, target, cropFraction, resize) => {
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

test.each([
  ['landscape', { height: 100, width: 400 }, { height: 56, width: 224 }, { top: 84, bottom: 84, left: 0, right: 0 }],
  ['portrait', { height: 448, width: 111 }, { height: 224, width: 56 }, { top: 0, bottom: 0, left: 84, right: 84 }],
  ['an odd rest', { height: 223, width: 224 }, null, { top: 0, bottom: 1, left: 0, right: 0 }],
  ['a line', { height: 1, width: 4000 }, { height: 1, width: 224 }, { top: 111, bottom: 112, left: 0, right: 0 }],
] as const)('pad keeps all of a picture: %s', (_, picture, resized, border) => {
  const framing = framingOf(picture, SQUARE, { resize: 'pad', cropFraction: 1 });
  expect(framing).toEqual({ resized, left: 0, top: 0, border });
});
