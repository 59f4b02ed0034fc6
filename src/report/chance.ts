/** Whether a network is right more often than one that does not look at its pictures. */
import { binomialTails } from '../numerics/binomial.ts';
import type { Guess } from './accuracy.ts';

/** Top-1 against what chance gives. */
export interface Chance {
  /** Share of the pictures that the same classes, given to pictures at random, would have right. */
  readonly expectedTop1: number;
  /** How often chance is right at least as often as the network. */
  readonly p: number;
  /** Whether the network is at chance, as far as so many pictures can tell. */
  readonly atChance: boolean;
}

const LEVEL = 0.01;
/** A network that has learned anything is right in this part of what chance has wrong; most are in more. */
const LEARNED = 0.25;

/**
 * The network is at chance where chance is right as often in one of a hundred cases or more, and where the pictures are enough
 * to tell it from a network that has learned little.
 */
export function chanceOf(guesses: readonly Guess[]): Chance {
  const count = guesses.length;
  const [given, right] = [new Map<number, number>(), new Map<number, number>()];
  const add = (counts: Map<number, number>, key: number): Map<number, number> =>
    counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const guess of guesses) {
    add(given, guess.best[0]!);
    add(right, guess.class);
  }
  const expected = [...given].reduce((sum, [key, times]) => sum + (times / count) * ((right.get(key) ?? 0) / count), 0);
  const hits = guesses.filter(guess => guess.best[0] === guess.class).length;
  const { atLeast } = binomialTails(hits, count, expected);
  const { atMost } = binomialTails(hits, count, expected + LEARNED * (1 - expected));
  return { expectedTop1: expected, p: atLeast, atChance: count > 0 && atLeast >= LEVEL && atMost < LEVEL };
}
