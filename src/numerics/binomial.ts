/**
 * The exact sign test: how surprising it is that of `a + b` tosses of a fair coin no more than the smaller of both came out
 * one way. Products and sums only, no logarithms, so that every machine gives the same bits.
 */

/**
 * The two-sided p-value min(1, 2 · Σ C(n, i) / 2ⁿ), i from 0 to min(a, b), n = a + b; 1 where both are 0.
 *
 * Between a few pairs of yes and no, a test of the normal distribution would be wrong; this one is exact for all counts. It
 * is the exact form of McNemar's test where a and b count the pairs that changed one way and the other (McNemar, Note on the
 * sampling error of the difference between correlated proportions or percentages, Psychometrika 12, 1947).
 * @param a whole number, at least 0; so is `b`
 * @returns 0 only where the value is below the least double, about 5e-324
 */
export function signTest(a: number, b: number): number {
  const n = a + b;
  const k = Math.min(a, b);
  // 2 · C(n, k) / 2ⁿ: halved as it grows, so that the product neither overflows nor rounds more than its factors do.
  let term = 1;
  let halvings = Math.max(0, n - 1);
  for (let i = 1; i <= k; i += 1) {
    term = (term * (n - k + i)) / i;
    while (term > 1 && halvings > 0) {
      term /= 2;
      halvings -= 1;
    }
  }
  // In steps: 2 to the power of all of them may be 0 where the product with the term is not.
  for (; halvings > 0 && term > 0; halvings -= Math.min(halvings, 1000)) term *= 2 ** -Math.min(halvings, 1000);
  let sum = 0;
  for (let i = k; i >= 0 && term > 0; i -= 1) {
    const before = sum;
    sum += term;
    // Terms fall from here on by a factor of at most 1: what no longer changes the sum never will.
    if (sum === before) break;
    term = (term * i) / (n - i + 1);
  }
  return Math.min(1, sum);
}

/**
 * P(X ≥ k) and P(X ≤ k) for X of a binomial distribution. Terms are relative to the most likely one, so that none of n
 * trials is too many, and both sums stop where terms no longer change them.
 * @param k whole number from 0 to n
 * @param n trials, a whole number
 * @param p chance of success in one trial, in [0, 1]
 */
export function binomialTails(k: number, n: number, p: number): { readonly atLeast: number; readonly atMost: number } {
  if (p <= 0) return { atLeast: k === 0 ? 1 : 0, atMost: 1 };
  if (p >= 1) return { atLeast: 1, atMost: k === n ? 1 : 0 };
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const odds = p / (1 - p);
  let [all, atLeast, atMost] = [0, 0, 0];
  const add = (i: number, term: number): void => {
    all += term;
    if (i >= k) atLeast += term;
    if (i <= k) atMost += term;
  };
  let term = 1;
  for (let i = mode; i >= 0 && term > 0; i -= 1) {
    add(i, term);
    term *= i / ((n - i + 1) * odds);
  }
  term = 1;
  for (let i = mode + 1; i <= n && term > 0; i += 1) {
    term *= ((n - i + 1) * odds) / i;
    add(i, term);
  }
  return { atLeast: atLeast / all, atMost: atMost / all };
}
