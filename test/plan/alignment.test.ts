/** Rounding of sizes and of offsets, which may be negative while a place is looked for. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ARENA_ALIGNMENT, alignDown, alignUp, FLOW_ALIGNMENT } from '../../src/plan/alignment.ts';
import { holds } from '../support/property.ts';

test('the next multiple above and below, for negative values too', () => {
  holds(
    fc.property(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 1, max: 64 }), (value, alignment) => {
      const multiples = Array.from({ length: 2200 }, (_, i) => (i - 1100) * alignment);
      expect(alignUp(value, alignment) + 0).toBe(multiples.find(multiple => multiple >= value)! + 0);
      expect(alignDown(value, alignment) + 0).toBe(multiples.findLast(multiple => multiple <= value)! + 0);
    }),
    100,
  );
});

test('whole maps lie at multiples of what line buffers do', () => {
  expect(ARENA_ALIGNMENT % FLOW_ALIGNMENT).toBe(0);
});
