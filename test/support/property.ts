/** Property tests that draw the same cases on every run. */
import fc from 'fast-check';

const SEED = 20180113;

export function holds<Ts>(property: fc.IProperty<Ts>, runs = 200): void {
  fc.assert(property, { seed: SEED, numRuns: runs });
}
