/** Cholesky factors of symmetric positive definite matrices (Golub and Van Loan 2013, section 4.2), row by row. */

/** The lower factor L with L · Lᵀ = `matrix`; null where it is not positive definite to working precision. */
export function choleskyLower(matrix: Float64Array, dimension: number): Float64Array | null {
  const lower = Float64Array.from(matrix);
  for (let j = 0; j < dimension; j += 1) {
    const rowJ = j * dimension;
    for (let i = j; i < dimension; i += 1) {
      const rowI = i * dimension;
      let sum = lower[rowI + j]!;
      for (let k = 0; k < j; k += 1) sum -= lower[rowI + k]! * lower[rowJ + k]!;
      if (i === j) {
        if (!(sum > 0)) return null;
        lower[rowJ + j] = Math.sqrt(sum);
      } else lower[rowI + j] = sum / lower[rowJ + j]!;
    }
    lower.fill(0, rowJ + j + 1, rowJ + dimension);
  }
  return lower;
}

/** The inverse of a lower triangular matrix without zeros on its diagonal. */
function invertLower(lower: Float64Array, dimension: number): Float64Array {
  const inverse = new Float64Array(dimension * dimension);
  // Row i of the inverse is (e_i − Σ_k L[i, k] · row k) / L[i, i].
  for (let i = 0; i < dimension; i += 1) {
    const row = i * dimension;
    inverse[row + i] = 1;
    for (let k = 0; k < i; k += 1) {
      const factor = lower[row + k]!;
      if (factor === 0) continue;
      for (let j = 0; j <= k; j += 1) inverse[row + j]! -= factor * inverse[k * dimension + j]!;
    }
    const pivot = lower[row + i]!;
    for (let j = 0; j <= i; j += 1) inverse[row + j]! /= pivot;
  }
  return inverse;
}

/**
 * The upper factor U of the inverse: Uᵀ · U = matrix⁻¹, whose row i tells how an error in variable i is best made up for by
 * the variables after it. Null where the matrix is not positive definite to working precision.
 */
export function inverseUpperFactor(matrix: Float64Array, dimension: number): Float64Array | null {
  const lower = choleskyLower(matrix, dimension);
  if (lower === null) return null;
  const inverse = invertLower(lower, dimension);
  const product = new Float64Array(dimension * dimension);
  for (let k = 0; k < dimension; k += 1) {
    const row = k * dimension;
    for (let i = 0; i <= k; i += 1) {
      const factor = inverse[row + i]!;
      if (factor === 0) continue;
      for (let j = 0; j <= i; j += 1) product[i * dimension + j]! += factor * inverse[row + j]!;
    }
  }
  for (let i = 0; i < dimension; i += 1) {
    for (let j = 0; j < i; j += 1) product[j * dimension + i] = product[i * dimension + j]!;
  }
  const factor = choleskyLower(product, dimension);
  if (factor === null) return null;
  const upper = new Float64Array(dimension * dimension);
  for (let i = 0; i < dimension; i += 1) {
    for (let j = i; j < dimension; j += 1) upper[i * dimension + j] = factor[j * dimension + i]!;
  }
  return upper;
}
