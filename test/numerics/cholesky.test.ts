import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { choleskyLower } from '../../src/numerics/cholesky.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { largestDifference } from '../support/operators.ts';
import { holds } from '../support/property.ts';

/** B · Bᵀ + n/10 · I, positive definite and not badly conditioned. */
function randomDefinite(seed: number, n: number): Float64Array {
  const random = seededRandom(seed);
  const b = Float64Array.from({ length: n * n }, () => random.normal());
  const product = multiply(b, transpose(b, n), n);
  for (let i = 0; i < n; i += 1) product[i * n + i]! += n / 10;
  return product;
}

function multiply(a: Float64Array, b: Float64Array, n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < n; k += 1) sum += a[Math.floor(at / n) * n + k]! * b[k * n + (at % n)]!;
    return sum;
  });
}

const transpose = (a: Float64Array, n: number): Float64Array => a.map((_, at) => a[(at % n) * n + Math.floor(at / n)]!);

const cases = [fc.integer(), fc.integer({ min: 1, max: 12 })] as const;

describe('choleskyLower', () => {
  test('L · Lᵀ is the matrix, and L is lower triangular with a positive diagonal', () => {
    holds(
      fc.property(...cases, (seed, n) => {
        const matrix = randomDefinite(seed, n);
        const kept = matrix.slice();
        const lower = choleskyLower(matrix, n)!;
        expect(largestDifference(multiply(lower, transpose(lower, n), n), matrix)).toBeLessThan(1e-11 * n * n);
        for (let i = 0; i < n; i += 1) {
          expect(lower[i * n + i]).toBeGreaterThan(0);
          for (let j = i + 1; j < n; j += 1) expect(lower[i * n + j]).toBe(0);
        }
        expect(matrix).toEqual(kept);
      }),
    );
  });

  test('a matrix worked out by hand', () => {
    const matrix = Float64Array.of(4, 12, -16, 12, 37, -43, -16, -43, 98);
    expect(choleskyLower(matrix, 3)).toEqual(Float64Array.of(2, 0, 0, 6, 1, 0, -8, 5, 3));
  });

  test.each([
    ['a negative diagonal', 2, [1, 0, 0, -1]],
    ['a negative eigenvalue behind a positive diagonal', 2, [1, 2, 2, 1]],
    ['a matrix of rank 1', 2, [1, 2, 2, 4]],
    ['nothing but zeros', 2, [0, 0, 0, 0]],
    ['a number that is none', 1, [Number.NaN]],
  ])('%s is no definite matrix', (_what, n, values) => {
    expect(choleskyLower(Float64Array.from(values), n)).toBeNull();
  });
});
