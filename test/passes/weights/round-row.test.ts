import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Random, seededRandom } from '../../../src/numerics/random.ts';
import { compensationFor, roundCompensated, roundNearest } from '../../../src/passes/weights/round-row.ts';
import { holds } from '../../support/property.ts';

const drawn = (random: Random, length: number): Float64Array => Float64Array.from({ length }, () => random.normal());

/** B · Bᵀ of a few columns: inputs that share most of what they vary by, as neighbouring pixels and channels do. */
function correlated(random: Random, n: number): Float64Array {
  const columns = Math.max(1, Math.ceil(n / 3));
  const b = drawn(random, n * columns);
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = i === j ? 0.05 : 0;
    for (let k = 0; k < columns; k += 1) sum += b[i * columns + k]! * b[j * columns + k]!;
    return sum;
  });
}

/** eᵀ · H · e of what rounding changes: the variance that it adds to the output. */
function outputError(row: Float64Array, rounded: ArrayLike<number>, scale: number, covariance: Float64Array): number {
  const n = row.length;
  const e = row.map((weight, i) => rounded[i]! * scale - weight);
  return covariance.reduce((sum, value, at) => sum + e[Math.floor(at / n)]! * value * e[at % n]!, 0);
}

function nearest(row: Float64Array, scale: number): Int8Array {
  const into = new Int8Array(row.length);
  roundNearest(row, scale, into);
  return into;
}

function compensated(row: Float64Array, scale: number, covariance: Float64Array): Int8Array {
  const into = new Int8Array(row.length);
  roundCompensated(row, scale, compensationFor(covariance, row.length)!, into);
  return into;
}

/** The least error of any rounding up or down, by trying all of them. */
function leastError(row: Float64Array, scale: number, covariance: Float64Array): number {
  let least = Infinity;
  for (let bits = 0; bits < 2 ** row.length; bits += 1) {
    const tried = Array.from(row, (weight, i) => Math.floor(weight / scale) + ((bits >> i) & 1));
    least = Math.min(least, outputError(row, tried, scale, covariance));
  }
  return least;
}

describe('nearest', () => {
  test('no weight is off by more than half a step, ties go away from 0, and all stay within ±127', () => {
    expect(nearest(Float64Array.of(0.5, -0.5, 1.49, -1.51, 400, -400), 1)).toEqual(
      Int8Array.of(1, -1, 1, -2, 127, -127),
    );
    holds(
      fc.property(fc.integer(), seed => {
        const row = drawn(seededRandom(seed), 20);
        const scale = row.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) / 127;
        nearest(row, scale).forEach((value, i) => {
          expect(Math.abs(value * scale - row[i]!)).toBeLessThanOrEqual(scale * 0.5000001);
        });
      }),
      30,
    );
  });
});

describe('compensated', () => {
  test('adds less to the output than nearest: on average over rows, for any correlated inputs', () => {
    let [ours, theirs] = [0, 0];
    holds(
      fc.property(fc.integer(), fc.integer({ min: 4, max: 16 }), (seed, n) => {
        const random = seededRandom(seed);
        const covariance = correlated(random, n);
        let [sum, sumOfNearest] = [0, 0];
        for (let trial = 0; trial < 40; trial += 1) {
          const row = drawn(random, n);
          sum += outputError(row, compensated(row, 0.1, covariance), 0.1, covariance);
          sumOfNearest += outputError(row, nearest(row, 0.1), 0.1, covariance);
        }
        expect(sum).toBeLessThan(sumOfNearest);
        ours += sum;
        theirs += sumOfNearest;
      }),
      40,
    );
    expect(ours).toBeLessThan(theirs / 2);
  });

  test('is on average near the best way to round each weight up or down', () => {
    const random = seededRandom(3);
    let [ours, best, theirs] = [0, 0, 0];
    for (let trial = 0; trial < 60; trial += 1) {
      const covariance = correlated(random, 7);
      const row = drawn(random, 7);
      ours += outputError(row, compensated(row, 0.2, covariance), 0.2, covariance);
      theirs += outputError(row, nearest(row, 0.2), 0.2, covariance);
      best += leastError(row, 0.2, covariance);
    }
    // It may go beyond the next step, and then do better.
    expect(ours).toBeLessThan(1.2 * best);
    expect(theirs).toBeGreaterThan(2 * best);
  });

  test('of inputs that are not correlated is nearest', () => {
    holds(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 12 }), (seed, n) => {
        const random = seededRandom(seed);
        const variances = Float64Array.from({ length: n }, () => random.uniform() + 0.01);
        const covariance = new Float64Array(n * n);
        for (let i = 0; i < n; i += 1) covariance[i * n + i] = variances[i]!;
        const row = drawn(random, n);
        expect(compensated(row, 0.1, covariance)).toEqual(nearest(row, 0.1));
      }),
      50,
    );
  });

  test('of two inputs that are the same keeps the sum of their weights', () => {
    const row = Float64Array.of(2.5, 3.5);
    expect(nearest(row, 1)).toEqual(Int8Array.of(3, 4));
    expect(compensated(row, 1, Float64Array.of(1, 1, 1, 1)).reduce((a, b) => a + b, 0)).toBe(6);
  });

  test('stays within ±127 where the scale covers too little', () => {
    const random = seededRandom(4);
    const row = drawn(random, 12).map(weight => 10 * weight);
    for (const value of compensated(row, 0.01, correlated(random, 12))) {
      expect(Math.abs(value)).toBeLessThanOrEqual(127);
    }
  });

  test('what varies most is rounded first, and keeps its nearest step', () => {
    const covariance = Float64Array.of(1, 0.5, 0.9, 0.5, 2, 0.1, 0.9, 0.1, 5);
    const { order } = compensationFor(covariance, 3)!;
    expect([...order]).toEqual([2, 1, 0]);
    expect(compensated(Float64Array.of(0.3, 0.4, 0.49), 1, covariance)[2]).toBe(0);
  });
});

describe('a covariance', () => {
  test('tells how an error is best made up for', () => {
    // Of e = (1, t), eᵀ·H·e = 2 + 2t + 2t² is least at t = −1/2: the feedback is what is taken off.
    const { feedback } = compensationFor(Float64Array.of(2, 1, 1, 2), 2)!;
    // The damping adds a hundredth to the diagonal.
    expect([...feedback]).toEqual([0, 0, expect.closeTo(1 / 2.02, 12), 0]);
  });

  test('leads to errors that no change of the last weight, were it real, could better', () => {
    holds(
      fc.property(fc.integer(), fc.integer({ min: 2, max: 9 }), (seed, n) => {
        const random = seededRandom(seed);
        const covariance = correlated(random, n);
        const { order, feedback } = compensationFor(covariance, n)!;
        const errors = drawn(random, n);
        const place = order.indexOf(order[n - 1]!);
        errors[place] = 0;
        for (let k = 0; k < n - 1; k += 1) errors[place]! -= feedback[place * n + k]! * errors[k]!;
        const damping =
          (0.01 * Array.from({ length: n }, (_, i) => covariance[i * n + i]!).reduce((a, b) => a + b)) / n;
        // The slope of eᵀ·H·e along the last error.
        let slope = errors[place]! * damping;
        let size = Math.abs(slope);
        for (let k = 0; k < n; k += 1) {
          const part = covariance[order[place]! * n + order[k]!]! * errors[k]!;
          slope += part;
          size += Math.abs(part);
        }
        expect(Math.abs(slope)).toBeLessThan(1e-9 * size);
      }),
      60,
    );
  });

  test('of inputs that never vary gives nothing to make up for', () => {
    expect(compensationFor(new Float64Array(9), 3)).toBeNull();
  });

  test('that is not definite is damped until it is', () => {
    const { feedback } = compensationFor(Float64Array.of(1, 2, 2, 1), 2)!;
    expect(feedback.every(Number.isFinite)).toBe(true);
    expect(compensationFor(Float64Array.of(0, 0, 0, 3), 2)).not.toBeNull();
  });
});
