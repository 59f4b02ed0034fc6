import { expect, test } from 'vitest';
import { type MobilenetV2Options, mobilenetV2 } from '../../src/models/mobilenet-v2.ts';
import type { ParameterSource } from '../../src/models/parameter-source.ts';
import { refusalOf } from '../support/refusal.ts';

/** A source that must not be asked: what is refused is refused before memory is taken. */
const never = (): never => {
  throw new Error('a constant was made');
};
const untouched: ParameterSource = {
  origin: 'seeded',
  convolution: never,
  depthwise: never,
  batchNorm: never,
  linear: never,
  finish: never,
};

test.each<[string, MobilenetV2Options, string, string]>([
  ['a width that was meant otherwise', { width: 1e9 }, 'SNUG204', 'the weights of the network'],
  ['a width of 100', { width: 100 }, 'SNUG204', 'more than 67108864 elements'],
  ['a width of 20', { width: 20 }, 'SNUG204', 'more than 67108864 elements'],
  ['100 million classes', { classes: 1e8 }, 'SNUG204', 'the weights of the network'],
  ['a side without end', { resolution: 1_000_000_000 }, 'SNUG204', 'a tensor of 1×1000000000×1000000000×3'],
  ['one long side', { resolution: [32, 100_000_000] }, 'SNUG204', 'a tensor of 1×32×100000000×3'],
  ['channels of a block', { blocks: [[1, 1e7, 1, 1]] }, 'SNUG204', 'elements'],
  ['an expansion', { blocks: [[1e6, 16, 1, 1]] }, 'SNUG204', 'elements'],
  ['a block again and again', { blocks: [[1, 16, 1e9, 1]] }, 'SNUG303', 'at most 256'],
  [
    '257 blocks',
    {
      blocks: [
        [1, 8, 200, 1],
        [1, 8, 57, 1],
      ],
    },
    'SNUG303',
    '257 blocks',
  ],
])('%s is refused', (_, options, code, text) => {
  const refusal = refusalOf(() => mobilenetV2(options, untouched));
  expect(refusal.code).toBe(code);
  expect(refusal.message).toContain(text);
});

test('the refusal says what to change', () => {
  expect(refusalOf(() => mobilenetV2({ width: 30 }, untouched)).hint).toContain('lower the width');
});

test('what the limits let through is built', () => {
  expect(mobilenetV2({ width: 0.1, resolution: 32, blocks: [[1, 8, 256, 1]] }).nodes.length).toBeGreaterThan(256 * 4);
});
