import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/numerics/random.ts';
import type { Guess } from '../../src/report/accuracy.ts';
import { chanceOf } from '../../src/report/chance.ts';

const CLASSES = 10;

/** Guesses over `count` pictures with classes in turn, each right in a part of them and drawn else. */
function guesses(count: number, right: number, draw: (random: () => number) => number): readonly Guess[] {
  const random = seededRandom(5);
  return Array.from({ length: count }, (_, i) => {
    const best = random.uniform() < right ? i % CLASSES : draw(() => random.uniform());
    return { best: [best], class: i % CLASSES };
  });
}

const any = (random: () => number): number => Math.floor(random() * CLASSES);

describe('at chance', () => {
  test.each([
    ['one class for every picture', guesses(500, 0, () => 3)],
    ['classes at random', guesses(500, 0, any)],
    ['never right', guesses(500, 0, () => CLASSES)],
    ['a thousand classes, and none right', guesses(40, 0, () => 999)],
  ])('%s', (_, all) => {
    expect(chanceOf(all)).toMatchObject({ atChance: true });
  });
});

describe('not at chance', () => {
  test.each([
    ['right in every tenth picture more', guesses(500, 0.1, any)],
    ['right in nine of ten', guesses(500, 0.9, any)],
    ['too few pictures to tell', guesses(5, 0, any)],
    ['no pictures', []],
  ])('%s', (_, all) => {
    expect(chanceOf(all)).toMatchObject({ atChance: false });
  });
});

test('chance follows how often classes occur and are given', () => {
  const rare = Array.from({ length: 2000 }, (_, i) => ({ best: [0], class: i < 1800 ? 0 : 1 }));
  expect(chanceOf(rare)).toMatchObject({ expectedTop1: 0.9, atChance: true });
});
