/** Comparison of float arrays in tests. */
import { expect } from 'vitest';

/** As many values, each within 1e-4. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  const worst = Array.from(actual).reduce((max, v, i) => Math.max(max, Math.abs(v - expected[i]!)), 0);
  expect(worst).toBeLessThan(1e-4);
}
