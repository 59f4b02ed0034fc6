import { describe, expect, test } from 'vitest';
import { quantizationForRange } from '../../src/ir/quantization.ts';
import {
  choosePreprocess,
  formulaText,
  type InputFacts,
  preprocessLines,
  rangeNote,
} from '../../src/pictures/choose-preprocess.ts';
import { DEFAULT_PREPROCESS, type Preprocess } from '../../src/pictures/preprocess.ts';

const FACTS: InputFacts = { channels: 3, scaling: null, quantization: null, library: null };
const NOTHING = { options: {}, from: {} };
const IMAGENET = { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] };
const RAW = { mean: [0], std: [1] };
const UNIT = { mean: [0], std: [255] };
const affine = (scale: number, offset: number) => ({ kind: 'affine', scale: [scale], offset: [offset] }) as const;
const quantized = (min: number, max: number) => quantizationForRange({ min, max });

describe('who says what the numbers are', () => {
  test.each<[string, Partial<InputFacts>, Partial<Preprocess>, string]>([
    ['nobody', {}, { mean: [127.5], std: [127.5] }, 'default'],
    ['names of torchvision', { library: 'torchvision' }, IMAGENET, 'weights'],
    ['names of timm', { library: 'timm' }, IMAGENET, 'weights'],
    ['names of keras.applications', { library: 'keras.applications' }, { mean: [127.5], std: [127.5] }, 'weights'],
    ['names of torchvision, and grey pictures', { library: 'torchvision', channels: 1 }, { mean: [127.5] }, 'default'],
    ['Rescaling(1 / 127.5, -1)', { scaling: affine(1 / 127.5, -1) }, RAW, 'model'],
    ['Rescaling(1 / 255)', { scaling: affine(1 / 255, 0) }, RAW, 'model'],
    ['Normalize of torchvision', { scaling: affine(1 / 0.229, -0.485 / 0.229) }, UNIT, 'model'],
    ['(x − mean) / deviation of pixels', { scaling: affine(1 / 58.395, -123.675 / 58.395) }, RAW, 'model'],
    ['x − mean of pixels', { scaling: affine(1, -25.6) }, RAW, 'model'],
    ['an input quantized for −1 to 1', { quantization: quantized(-1, 1) }, { mean: [127.5], std: [127.5] }, 'model'],
    ['for 0 to 1', { quantization: quantized(0, 1) }, UNIT, 'model'],
    ['for 0 to 255', { quantization: { scale: 1, zeroPoint: -128 } }, RAW, 'model'],
    ["for ImageNet's", { quantization: quantized(-2.118, 2.64) }, IMAGENET, 'model'],
    ['for −7 to 3', { quantization: quantized(-7, 3) }, { mean: [127.5], std: [127.5] }, 'default'],
  ])('%s', (_, facts, expected, source) => {
    const { preprocess } = choosePreprocess(NOTHING, { ...FACTS, ...facts });
    expect(preprocess).toMatchObject(expected);
    expect(preprocess.from).toEqual({ values: source, resize: 'default', channelOrder: 'default' });
  });

  test('a flag wins over all of them, and a quantized input that does not fit gets a note', () => {
    const given = {
      options: { mean: 1, std: 2, channelOrder: 'bgr' },
      from: { values: 'flag', channelOrder: 'flag' },
    } as const;
    const { preprocess, notes } = choosePreprocess(given, { ...FACTS, quantization: quantized(0, 1) });
    expect(preprocess).toMatchObject({ mean: [1], std: [2], channelOrder: 'bgr' });
    expect(preprocess.from).toEqual({ values: 'flag', resize: 'default', channelOrder: 'flag' });
    expect(notes).toEqual([expect.stringContaining('--mean 0 --std 255')]);
  });
});

describe('a quantized input', () => {
  const note = (pixels: readonly [number, number], taken: readonly [number, number]): string | null =>
    rangeNote({ min: pixels[0], max: pixels[1] }, quantized(...taken), 3);

  test('gets no note where the two agree, and where pictures did not use all of their range', () => {
    expect(note([-1, 1], [-1, 1])).toBeNull();
    expect(note([-1, 1], [-0.95, 0.9])).toBeNull();
    expect(note([-2.12, 2.64], [-2.12, 2.64])).toBeNull();
  });

  test('gets the mean and the deviation that would fit', () => {
    expect(note([-1, 1], [0, 1])).toMatch(/become −1 to 1, .* for 0 to 1: .* --mean 0 --std 255 /);
    expect(note([0, 1], [-1, 1])).toContain('--mean 127.5 --std 127.5 ');
    expect(note([-1, 1], [-3, 3])).toContain('--mean 127 --std 42.5 ');
  });
});

describe('as text', () => {
  const inside = affine(1 / 127.5, -1);

  test.each<[Partial<Preprocess>, string]>([
    [{}, '(pixel − 127.5) / 127.5'],
    [UNIT, 'pixel / 255'],
    [RAW, 'pixel'],
    [{ mean: [128], std: [1] }, 'pixel − 128'],
    [IMAGENET, '(pixel − [123.675, 116.28, 103.53]) / [58.395, 57.12, 57.375]'],
    [{ ...RAW, inside }, '0.00784314 · pixel − 1'],
    [
      { ...UNIT, inside: { kind: 'affine', scale: [2, 3, 4], offset: [1, 0.5, 1] } },
      '[2, 3, 4] · (pixel / 255) + [1, 0.5, 1]',
    ],
    [{ ...RAW, inside: affine(1 / 255, 0) }, '0.00392157 · pixel'],
  ])('%j', (preprocess, text) => {
    expect(formulaText({ ...DEFAULT_PREPROCESS, ...preprocess })).toBe(text);
  });

  test('with size, channels and sources', () => {
    const given = { options: { resize: 'squash', cropFraction: 0.875 }, from: { resize: 'flag' } } as const;
    const { preprocess, reason } = choosePreprocess(given, { ...FACTS, library: 'timm' });
    expect(preprocessLines(preprocess, { height: 96, width: 128, channels: 3 }, reason)).toEqual([
      'preprocessing, which must be that of training:',
      '  size      96×128 by squash, the centre 0.875 (by flag)',
      '  channels  RGB (default)',
      '  numbers   (pixel − [123.675, 116.28, 103.53]) / [58.395, 57.12, 57.375] is −2.12 to 2.64 (from the names of its weights: as in timm)',
    ]);
  });
});
