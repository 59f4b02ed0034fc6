/** How far apart two shares of the same things may be: the interval of a difference between paired proportions. */

/** Two yes-or-no outcomes of the same things, counted. */
export interface PairedCounts {
  readonly both: number;
  readonly firstOnly: number;
  readonly secondOnly: number;
  readonly neither: number;
}

/** The second share less the first, and where its true value lies in 95 of 100 samples; −1 to 1. */
export interface ProportionDifference {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

/** Two-sided 95 % of the normal distribution. */
const Z = 1.959963984540054;

/** Wilson's score interval of a share `hits` of `n`. */
function wilson(hits: number, n: number): { readonly share: number; readonly lower: number; readonly upper: number } {
  const centre = 2 * hits + Z * Z;
  const half = Z * Math.sqrt(Z * Z + (4 * hits * (n - hits)) / n);
  const whole = 2 * (n + Z * Z);
  return { share: hits / n, lower: (centre - half) / whole, upper: (centre + half) / whole };
}

/** Correlation of both outcomes, corrected for continuity where it is positive; 0 where an outcome never varies. */
function correlation({ both, firstOnly, secondOnly, neither }: PairedCounts): number {
  const margins = [both + firstOnly, secondOnly + neither, both + secondOnly, firstOnly + neither] as const;
  const spread = Math.sqrt(margins[0] * margins[1]) * Math.sqrt(margins[2] * margins[3]);
  if (spread === 0) return 0;
  const excess = both * neither - firstOnly * secondOnly;
  const corrected = excess > 0 ? Math.max(0, excess - (margins[0] + margins[1]) / 2) : excess;
  return corrected / spread;
}

/**
 * Newcombe's method 10: Wilson's intervals of both shares, joined by square and add with their correlation (Newcombe,
 * Improved confidence intervals for the difference between binomial proportions based on paired data, Statistics in Medicine
 * 17, 1998). Unlike Wald's it keeps its level for few pairs and for shares near 0 and 1.
 * @returns null where there is nothing to count
 */
export function pairedDifference(counts: PairedCounts): ProportionDifference | null {
  const { both, firstOnly, secondOnly, neither } = counts;
  const n = both + firstOnly + secondOnly + neither;
  if (n === 0) return null;
  const [first, second] = [wilson(both + firstOnly, n), wilson(both + secondOnly, n)];
  const phi = correlation(counts);
  const joined = (a: number, b: number): number => Math.sqrt(Math.max(0, a * a - 2 * phi * a * b + b * b));
  const value = (secondOnly - firstOnly) / n;
  const below = joined(second.share - second.lower, first.upper - first.share);
  const above = joined(second.upper - second.share, first.share - first.lower);
  return { value, lower: Math.max(-1, value - below), upper: Math.min(1, value + above) };
}
