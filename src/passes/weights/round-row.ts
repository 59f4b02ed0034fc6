/**
 * Rounds one output's weights so that the error of the output stays small, not that of the weights: what rounding one weight
 * adds is made up for by the weights not yet rounded, by least squares over the covariance of the inputs (Frantar et al.
 * 2023, "GPTQ", section 3). The feedback comes from one Cholesky factor instead of an inverse, with the same result (Chee et
 * al. 2023, "QuIP", sections 3 and 4).
 */
import { choleskyLower } from '../../numerics/cholesky.ts';
import { clamp, roundAwayFromZero } from '../../numerics/fixed-point.ts';

const WEIGHT_MAX = 127;
/** Added to the diagonal, as a part of its mean: inputs that a small sample shows as dependent are not taken for it. */
const DAMPING = 0.01;

/** How the rows of a group are rounded: in which order, and what a weight owes to those before it. */
export interface Compensation {
  /** Inputs of most variance first: their weights cost most, and the others can make up for them. */
  readonly order: Int32Array;
  /** [dimension, dimension], lower triangle without the diagonal: what of the error of weight k < i weight i makes up for. */
  readonly feedback: Float64Array;
}

/**
 * Rounding errors e cost eᵀ·H·e with H the covariance. With H = R·Rᵀ and R upper triangular, that is
 * Σ_i (R[i, i]·e_i + Σ_{k < i} R[k, i]·e_k)², so each e_i best is −Σ_{k < i} R[k, i] / R[i, i] · e_k. R is the lower
 * factor of H with rows and columns in reverse.
 */
function feedbackOf(lower: Float64Array, dimension: number): Float64Array {
  const feedback = new Float64Array(dimension * dimension);
  const last = dimension - 1;
  for (let i = 0; i < dimension; i += 1) {
    const pivot = lower[(last - i) * dimension + last - i]!;
    for (let k = 0; k < i; k += 1) feedback[i * dimension + k] = lower[(last - k) * dimension + last - i]! / pivot;
  }
  return feedback;
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
    const reversed = new Float64Array(dimension * dimension);
    for (let i = 0; i < dimension; i += 1) {
      const from = order[dimension - 1 - i]! * dimension;
      for (let j = 0; j < dimension; j += 1) {
        reversed[i * dimension + j] = covariance[from + order[dimension - 1 - j]!]!;
      }
      reversed[i * dimension + i]! += damping * mean;
    }
    const lower = choleskyLower(reversed, dimension);
    if (lower !== null) return { order, feedback: feedbackOf(lower, dimension) };
  }
  return null;
}

/** Each weight to the nearest step. */
export function roundNearest(row: Float64Array, scale: number, into: Int8Array): void {
  for (let i = 0; i < row.length; i += 1) into[i] = clamp(roundAwayFromZero(row[i]! / scale), -WEIGHT_MAX, WEIGHT_MAX);
}

/** Each weight to the nearest step of what it should be, given the errors of the weights before it. */
export function roundCompensated(
  row: Float64Array,
  scale: number,
  { order, feedback }: Compensation,
  into: Int8Array,
): void {
  const dimension = row.length;
  const errors = new Float64Array(dimension);
  for (let i = 0; i < dimension; i += 1) {
    const weight = row[order[i]!]!;
    let owed = 0;
    for (let k = 0, at = i * dimension; k < i; k += 1, at += 1) owed += feedback[at]! * errors[k]!;
    const value = clamp(roundAwayFromZero((weight - owed) / scale), -WEIGHT_MAX, WEIGHT_MAX);
    into[order[i]!] = value;
    errors[i] = value * scale - weight;
  }
}
