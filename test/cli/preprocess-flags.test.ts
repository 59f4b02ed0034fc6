import { expect, test } from 'vitest';
import { preprocessGiven } from '../../src/cli/preprocess-flags.ts';
import { refusalOf } from '../support/refusal.ts';

test('flags win over the configuration, part by part', () => {
  const config = { mean: 1, std: 2, resize: 'crop', cropFraction: 0.875, channelOrder: 'bgr' } as const;
  expect(preprocessGiven({}, config)).toEqual({
    options: config,
    from: { values: 'configuration', resize: 'configuration', channelOrder: 'configuration' },
  });
  expect(preprocessGiven({ mean: [3], std: [4] }, config)).toMatchObject({
    options: { mean: [3], std: [4], cropFraction: 0.875 },
    from: { values: 'flag', resize: 'configuration' },
  });
  // A crop that was said of another mode is not kept.
  expect(preprocessGiven({ resize: 'squash' }, config).options).not.toHaveProperty('cropFraction');
  expect(preprocessGiven({}, {})).toEqual({ options: {}, from: {} });
});

test.each([
  [[-1, 1], 127.5, 127.5],
  [[0, 1], 0, 255],
  [[0, 255], 0, 1],
  [[-128, 127], 128, 1],
] as const)('--range %j is a mean and a deviation', (range, mean, std) => {
  const { options } = preprocessGiven({ range }, {});
  expect(options.mean).toBeCloseTo(mean, 10);
  expect(options.std).toBeCloseTo(std, 10);
});

test.each([
  [{ mean: [1] }, '--mean was given without --std'],
  [{ std: [1] }, '--std was given without --mean'],
  [{ range: [0, 1], mean: [0], std: [1] }, '--range says what --mean and --std say too'],
  [{ cropFraction: 0.5, resize: 'pad' }, 'no meaning with pad'],
  [{ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }, 'are stated for pixels of 0 to 1'],
] as const)('%j is refused', (flags, problem) => {
  expect(refusalOf(() => preprocessGiven(flags, {}))).toMatchObject({
    code: 'SNUG101',
    message: expect.stringContaining(problem),
  });
});

test('numbers for pixels of 0 to 1 are given back for pixels of 0 to 255', () => {
  const flags = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
  expect(refusalOf(() => preprocessGiven(flags, {})).hint).toContain(
    '--mean 123.675,116.28,103.53 --std 58.395,57.12,57.375',
  );
  expect(refusalOf(() => preprocessGiven({}, flags))).toMatchObject({
    code: 'SNUG110',
    message: expect.stringContaining('mean [123.675,116.28,103.53], std [58.395,57.12,57.375]'),
  });
});
