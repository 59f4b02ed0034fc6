import { expect, test } from 'vitest';
import { otherFramings, otherValues } from '../../src/input-check/alternatives.ts';
import { preprocessOf } from '../../src/pictures/preprocess.ts';

const IMAGENET = { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] };

test('the way in use is not among the others, and flags say what changes', () => {
  const used = preprocessOf(IMAGENET);
  const all = otherValues(used, 3);
  expect(all.map(({ preprocess }) => preprocess)).not.toContainEqual(used);
  const flags = all.map(each => each.flags);
  expect(new Set(flags).size).toBe(flags.length);
  expect(flags).toContain('--mean 127.5 --std 127.5');
  expect(flags).toContain('--mean 127.5 --std 127.5 --channel-order bgr');
  expect(flags).toContain('--channel-order bgr');
  // Caffe's convention has an order of its own, and stands beside the same numbers in the other.
  expect(flags).toContain('--mean 103.939,116.779,123.68 --std 1 --channel-order bgr');
  expect(flags).toContain('--mean 103.939,116.779,123.68 --std 1');
});

test('one number stands for all channels', () => {
  const used = preprocessOf({ mean: [127.5, 127.5, 127.5], std: 127.5 });
  expect(otherValues(used, 3).map(({ flags }) => flags)).not.toContain('--mean 127.5 --std 127.5');
});

test('grey pictures have no order, and no numbers for three channels', () => {
  const flags = otherValues(preprocessOf(), 1).map(each => each.flags);
  expect(flags).toEqual(['--mean 0 --std 255', '--mean 0 --std 1', '--mean 128 --std 1']);
});

test('other ways to the size, the mode in use first', () => {
  const flagsOf = (options: Parameters<typeof preprocessOf>[0]) =>
    otherFramings(preprocessOf(options)).map(({ flags }) => flags);
  expect(flagsOf({})).toEqual(['--resize crop --crop-fraction 0.875', '--resize squash', '--resize pad']);
  expect(flagsOf({ resize: 'squash', cropFraction: 0.5 })).toEqual([
    '--resize squash',
    '--resize crop',
    '--resize crop --crop-fraction 0.875',
    '--resize pad',
  ]);
  expect(flagsOf({ resize: 'none' })).toEqual([]);
});
