/** Bounds over candidate lists, against all paths there are. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Candidate } from '../../../src/plan/stream/candidates.ts';
import { divideBudget, leastArena, leastCost, leastLimits, withinLimits } from '../../../src/plan/stream/choose.ts';
import { holds } from '../../support/property.ts';

const PLACES = 6;

const candidate: fc.Arbitrary<Candidate> = fc
  .record({
    ends: fc.tuple(fc.integer({ min: 0, max: PLACES - 2 }), fc.integer({ min: 1, max: PLACES - 1 })),
    arenaBytes: fc.integer({ min: 1, max: 20 }),
    scratchBytes: fc.integer({ min: 0, max: 8 }),
    cost: fc.integer({ min: 1, max: 50 }),
  })
  .filter(({ ends: [from, to] }) => from < to)
  .map(({ ends: [from, to], ...rest }) => ({ from, to, facts: null, distance: null, regionBytes: 0, ...rest }));

/** Long enough lists that there mostly is a path. */
const lists = fc.array(candidate, { minLength: 4, maxLength: 18 });

interface Total {
  readonly arena: number;
  readonly scratch: number;
  readonly cost: number;
}

/** Every way from the first place to the last. */
function paths(candidates: readonly Candidate[], from = 0): readonly Total[] {
  if (from === PLACES - 1) return [{ arena: 0, scratch: 0, cost: 0 }];
  return candidates
    .filter(next => next.from === from)
    .flatMap(next =>
      paths(candidates, next.to).map(({ arena, scratch, cost }) => ({
        arena: Math.max(arena, next.arenaBytes),
        scratch: Math.max(scratch, next.scratchBytes),
        cost: cost + next.cost,
      })),
    );
}

const least = (values: readonly number[]): number => Math.min(Infinity, ...values);

test('the least arena is that of the path whose largest group is least', () => {
  holds(
    fc.property(lists, fc.integer({ min: 0, max: 8 }), (list, scratch) => {
      const allowed = paths(list).filter(path => path.scratch <= scratch);
      expect(leastArena(list, PLACES, scratch)).toBe(least(allowed.map(path => path.arena)));
    }),
  );
});

test('the least cost within limits is that of the cheapest path that keeps to them', () => {
  const limits = fc.record({
    arenaBytes: fc.integer({ min: 5, max: 20 }),
    scratchBytes: fc.integer({ min: 2, max: 8 }),
  });
  holds(
    fc.property(lists, limits, (list, given) => {
      const within = paths(list).filter(path => path.arena <= given.arenaBytes && path.scratch <= given.scratchBytes);
      expect(leastCost(list, PLACES, given)).toBe(least(within.map(path => path.cost)));
      expect(paths(withinLimits(list, given))).toHaveLength(within.length);
    }),
  );
});

test('the least limits are those of the path with the least arena and scratch together, with less scratch where equal', () => {
  let found = 0;
  holds(
    fc.property(lists, list => {
      const all = paths(list);
      const sum = least(all.map(path => path.arena + path.scratch));
      const scratch = least(all.filter(path => path.arena + path.scratch === sum).map(path => path.scratch));
      const limits = leastLimits(list, PLACES);
      if (limits !== null) found += 1;
      expect(limits).toEqual(sum === Infinity ? null : { arenaBytes: sum - scratch, scratchBytes: scratch });
    }),
  );
  expect(found).toBeGreaterThan(100);
});

test('a budget is divided in every way in which a path fits, the cheapest one first', () => {
  let found = 0;
  holds(
    fc.property(lists, fc.integer({ min: 8, max: 28 }), (list, budget) => {
      const all = paths(list);
      const divisions = divideBudget(list, PLACES, budget);
      const costs = divisions.map(({ limits: { arenaBytes, scratchBytes }, cost }) => {
        expect(arenaBytes + scratchBytes).toBe(budget);
        const within = all.filter(path => path.arena <= arenaBytes && path.scratch <= scratchBytes);
        expect(within).not.toEqual([]);
        expect(cost).toBe(least(within.map(path => path.cost)));
        return cost;
      });
      expect(costs).toEqual(costs.toSorted((a, b) => a - b));
      const fitting = all.filter(path => path.arena + path.scratch <= budget);
      expect(divisions.length > 0).toBe(fitting.length > 0);
      if (fitting.length === 0) return;
      found += 1;
      expect(costs[0]).toBe(least(fitting.map(path => path.cost)));
    }),
  );
  expect(found).toBeGreaterThan(100);
});

test('without candidates there is no way', () => {
  expect([leastArena([], 3, 9), leastCost([], 3, { arenaBytes: 9, scratchBytes: 9 })]).toEqual([Infinity, Infinity]);
  expect([leastLimits([], 3), divideBudget([], 3, 9)]).toEqual([null, []]);
});
