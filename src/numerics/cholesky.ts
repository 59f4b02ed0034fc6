/** Cholesky factors of symmetric positive definite matrices (Golub and Van Loan 2013, section 4.2), row by row. */

/** Rows that are worked on side by side: each finished row is then read from memory for four of them at once. */
const BLOCK = 4;

/** Columns 0 to `first` − 1 of rows `first` to `first + 3`, for which all rows before `first` are finished. */
function fillBlock(lower: Float64Array, dimension: number, first: number): void {
  const row0 = first * dimension;
  const row1 = row0 + dimension;
  const row2 = row1 + dimension;
  const row3 = row2 + dimension;
  for (let j = 0; j < first; j += 1) {
    const rowJ = j * dimension;
    let sum0 = lower[row0 + j]!;
    let sum1 = lower[row1 + j]!;
    let sum2 = lower[row2 + j]!;
    let sum3 = lower[row3 + j]!;
    for (let k = 0; k < j; k += 1) {
      const factor = lower[rowJ + k]!;
      sum0 -= lower[row0 + k]! * factor;
      sum1 -= lower[row1 + k]! * factor;
      sum2 -= lower[row2 + k]! * factor;
      sum3 -= lower[row3 + k]! * factor;
    }
    const pivot = lower[rowJ + j]!;
    lower[row0 + j] = sum0 / pivot;
    lower[row1 + j] = sum1 / pivot;
    lower[row2 + j] = sum2 / pivot;
    lower[row3 + j] = sum3 / pivot;
  }
}

/** Columns `from` to the diagonal of row `i`; false where the pivot shows that the matrix is not positive definite. */
function finishRow(lower: Float64Array, dimension: number, i: number, from: number): boolean {
  const rowI = i * dimension;
  for (let j = from; j <= i; j += 1) {
    const rowJ = j * dimension;
    let sum = lower[rowI + j]!;
    for (let k = 0; k < j; k += 1) sum -= lower[rowI + k]! * lower[rowJ + k]!;
    if (j < i) lower[rowI + j] = sum / lower[rowJ + j]!;
    else if (sum > 0) lower[rowI + i] = Math.sqrt(sum);
    else return false;
  }
  lower.fill(0, rowI + i + 1, rowI + dimension);
  return true;
}

/** The lower factor L with L · Lᵀ = `matrix`; null where it is not positive definite to working precision. */
export function choleskyLower(matrix: Float64Array, dimension: number): Float64Array | null {
  const lower = Float64Array.from(matrix);
  for (let first = 0; first < dimension; first += BLOCK) {
    const whole = first + BLOCK <= dimension;
    if (whole) fillBlock(lower, dimension, first);
    for (let i = first; i < Math.min(first + BLOCK, dimension); i += 1) {
      if (!finishRow(lower, dimension, i, whole ? first : 0)) return null;
    }
  }
  return lower;
}
