/** Top-1 and top-5 over labelled outputs, and how two of them differ picture by picture. */
import { rankOf } from '../numerics/statistics.ts';

/** Counts of pictures, not shares. */
export interface Accuracy {
  /** Pictures whose class is the largest output; the first of equal outputs counts as the largest. */
  readonly top1: number;
  /** Pictures whose class is among the five largest outputs. */
  readonly top5: number;
  /** For each picture, whether top-1 is right. */
  readonly correct: readonly boolean[];
}

/**
 * @param outputs of the network, one array for each picture
 * @param classes the right class of each picture
 */
export function accuracyOf(outputs: readonly ArrayLike<number>[], classes: readonly number[]): Accuracy {
  const ranks = outputs.map((values, i) => rankOf(values, classes[i]!));
  return {
    top1: ranks.filter(rank => rank === 0).length,
    top5: ranks.filter(rank => rank < 5).length,
    correct: ranks.map(rank => rank === 0),
  };
}

/** Pictures whose top-1 differs between two networks. */
export interface Flips {
  /** Right in the first, wrong in the second. */
  readonly lost: number;
  readonly gained: number;
}

/** Compares top-1 picture by picture; both must be over the same pictures in the same order. */
export function flipsBetween(first: Accuracy, second: Accuracy): Flips {
  const lost = first.correct.filter((right, i) => right && !second.correct[i]).length;
  const gained = first.correct.filter((right, i) => !right && second.correct[i]).length;
  return { lost, gained };
}
