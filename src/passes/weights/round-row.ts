/**
 * Rounds one output's weights so that the error of the output stays small, not that of the weights: what rounding one weight
 * adds is made up for by the weights not yet rounded, by least squares over the covariance of the inputs (Frantar et al.
 * 2023, "GPTQ", section 3; Hassibi and Stork 1993 for the formula).
 */
import { inverseUpperFactor } from '../../numerics/cholesky.ts';
import { clamp, roundAwayFromZero } from '../../numerics/fixed-point.ts';

const WEIGHT_MAX = 127;
/** Added to the diagonal, as a part of its mean: inputs that a small sample shows as dependent are not taken for it. */
const DAMPING = 0.01;

/** How the rows of a group are rounded: in which order, and what is owed to the weights that follow. */
export interface Compensation {
  /** Inputs of most variance first: their weights cost most, and the others can make up for them. */
  readonly order: Int32Array;
  /** Upper factor of the inverse covariance, in that order. */
  readonly factor: Float64Array;
}

/**
 * Prepares the rounding of rows that see inputs of this covariance.
 * @returns null where the inputs never vary, so that nothing can be made up for
 */
export function compensationFor(covariance: Float64Array, dimension: number): Compensation | null {
  const diagonal = Float64Array.from({ length: dimension }, (_, i) => covariance[i * dimension + i]!);
  const mean = diagonal.reduce((sum, value) => sum + value, 0) / dimension;
  if (!(mean > 0)) return null;
  const order = Int32Array.from(diagonal.keys()).sort((a, b) => diagonal[b]! - diagonal[a]! || a - b);
  for (let damping = DAMPING; damping < 1e6; damping *= 10) {
    const ordered = new Float64Array(dimension * dimension);
    for (let i = 0; i < dimension; i += 1) {
      const from = order[i]! * dimension;
      for (let j = 0; j < dimension; j += 1) ordered[i * dimension + j] = covariance[from + order[j]!]!;
      ordered[i * dimension + i]! += damping * mean;
    }
    const factor = inverseUpperFactor(ordered, dimension);
    if (factor !== null) return { order, factor };
  }
  return null;
}

/** Each weight to the nearest step. */
export function roundNearest(row: Float64Array, scale: number, into: Int8Array): void {
  for (let i = 0; i < row.length; i += 1) into[i] = clamp(roundAwayFromZero(row[i]! / scale), -WEIGHT_MAX, WEIGHT_MAX);
}

/** Each weight to the nearest step of what is left of it after the errors before it were made up for. */
export function roundCompensated(
  row: Float64Array,
  scale: number,
  { order, factor }: Compensation,
  into: Int8Array,
): void {
  const dimension = row.length;
  const left = Float64Array.from(order, place => row[place]!);
  for (let i = 0; i < dimension; i += 1) {
    const value = clamp(roundAwayFromZero(left[i]! / scale), -WEIGHT_MAX, WEIGHT_MAX);
    into[order[i]!] = value;
    const at = i * dimension;
    const error = (left[i]! - value * scale) / factor[at + i]!;
    if (error !== 0) for (let j = i + 1; j < dimension; j += 1) left[j]! -= error * factor[at + j]!;
  }
}
