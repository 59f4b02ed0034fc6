/** Top-1 and top-5 over pictures, and how two ways of computing compare picture by picture. */
import { signTest } from '../numerics/binomial.ts';
import { type PairedCounts, type ProportionDifference, pairedDifference } from '../numerics/paired-proportions.ts';

/** What one way of computing makes of one picture. */
export interface Guess {
  /** The classes of the five largest outputs, the largest first; of equal outputs the lower class comes first. */
  readonly best: readonly number[];
  /** The right class. */
  readonly class: number;
}

/** Counts of pictures, not shares. */
export interface Accuracy {
  /** Pictures whose class is the largest output. */
  readonly top1: number;
  /** Pictures whose class is among the five largest outputs. */
  readonly top5: number;
}

/** Whether the largest output is that of the right class. */
function isRight({ best, class: right }: Guess): boolean {
  return best[0] === right;
}

/** Counts over all pictures. */
export function accuracyOf(guesses: readonly Guess[]): Accuracy {
  return {
    top1: guesses.filter(isRight).length,
    top5: guesses.filter(({ best, class: right }) => best.includes(right)).length,
  };
}

/** McNemar's exact test of whether two ways of computing are equally often right; p is two-sided. */
export interface McNemar {
  readonly p: number;
  /** Right in the first, wrong in the second. */
  readonly lost: number;
  readonly gained: number;
}

/** Two ways of computing over the same pictures, compared by their top-1. */
export interface Comparison {
  /** Pictures that both put into the same class, right or wrong. */
  readonly agreement: number;
  readonly mcnemar: McNemar;
  /** Change of the top-1 share from the first to the second, in [−1, 1], with its 95 % interval; null without pictures. */
  readonly difference: ProportionDifference | null;
}

/** Compares picture by picture; both must be over the same pictures in the same order. */
export function compare(first: readonly Guess[], second: readonly Guess[]): Comparison {
  const count = (holds: (a: Guess, b: Guess) => boolean): number =>
    first.filter((guess, i) => holds(guess, second[i]!)).length;
  const counts: PairedCounts = {
    both: count((a, b) => isRight(a) && isRight(b)),
    firstOnly: count((a, b) => isRight(a) && !isRight(b)),
    secondOnly: count((a, b) => !isRight(a) && isRight(b)),
    neither: count((a, b) => !isRight(a) && !isRight(b)),
  };
  const { firstOnly: lost, secondOnly: gained } = counts;
  return {
    agreement: count((a, b) => a.best[0] === b.best[0]),
    mcnemar: { p: signTest(lost, gained), lost, gained },
    difference: pairedDifference(counts),
  };
}
