/** Placement of chosen groups: sound always, and where no group keeps anything besides, it finds a way whenever there is one. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Candidate } from '../../../src/plan/stream/candidates.ts';
import { leastCost } from '../../../src/plan/stream/choose.ts';
import { type Choice, type Placement, placeGroups } from '../../../src/plan/stream/place.ts';
import { holds } from '../../support/property.ts';

const UNIT = 16;

interface Instance {
  readonly resident: readonly number[];
  readonly candidates: readonly Candidate[];
  readonly buffers: ReadonlyMap<Candidate, readonly number[]>;
}

/** Whether input and output of a group may lie at these addresses. */
function allowed(
  { distance, from, to }: Candidate,
  resident: readonly number[],
  input: number,
  output: number,
): boolean {
  const [a, b] = [resident[from]!, resident[to]!];
  if (a === 0 || b === 0) return true;
  if (distance === 'shared') return input === output;
  const apart = input + a <= output || output + b <= input;
  return apart || (distance !== null && input - output >= distance);
}

const addresses = (bytes: number, arena: number): readonly number[] =>
  bytes === 0 ? [0] : Array.from({ length: Math.max(0, (arena - bytes) / UNIT + 1) }, (_, i) => i * UNIT);

/** All places and addresses that can be reached from the first place. */
function solvable({ resident, candidates }: Instance, arena: number): boolean {
  const reached: Set<number>[] = resident.map(() => new Set());
  for (const address of addresses(resident[0]!, arena)) reached[0]!.add(address);
  resident.forEach((_, place) => {
    for (const candidate of candidates.filter(({ from }) => from === place))
      for (const output of addresses(resident[candidate.to]!, arena))
        if ([...reached[place]!].some(input => allowed(candidate, resident, input, output)))
          reached[candidate.to]!.add(output);
  });
  return reached.at(-1)!.size > 0;
}

/** The least arena of a group alone, found by trying. */
function aloneIn(candidate: Candidate, resident: readonly number[], kept: readonly number[]): number {
  const [a, b] = [resident[candidate.from]!, resident[candidate.to]!];
  const ends = addresses(a, 24 * UNIT).flatMap(input =>
    addresses(b, 24 * UNIT)
      .filter(output => allowed(candidate, resident, input, output))
      .map(output => Math.max(input + a, output + b)),
  );
  return Math.min(...ends) + Math.ceil(kept.reduce((sum, bytes) => sum + Math.ceil(bytes / 4) * 4, 0) / UNIT) * UNIT;
}

function instances(kept: fc.Arbitrary<readonly number[]>): fc.Arbitrary<Instance> {
  const units = (most: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: most }).map(count => count * UNIT);
  const distance = fc.oneof(
    fc.constant<Candidate['distance']>(null),
    fc.constant<Candidate['distance']>('shared'),
    fc.integer({ min: -4 * UNIT, max: 4 * UNIT }),
  );
  return fc.array(units(6), { minLength: 2, maxLength: 6 }).chain(resident => {
    const places = resident.length;
    const group = fc.record({
      from: fc.nat(places - 2),
      step: fc.integer({ min: 1, max: 2 }),
      distance,
      cost: fc.integer({ min: 1, max: 20 }),
      kept,
    });
    // One group behind another is always there, so that most instances have a way.
    const every = fc.tuple(
      ...Array.from({ length: places - 1 }, (_, from) =>
        fc.record({ distance, cost: fc.integer({ min: 1, max: 20 }), kept }).map(g => ({ ...g, from, step: 1 })),
      ),
    );
    return fc.tuple(every, fc.array(group, { maxLength: 4 })).map(([first, more]): Instance => {
      const buffers = new Map<Candidate, readonly number[]>();
      for (const { from, step, distance: rule, cost, kept: sizes } of [...first, ...more]) {
        const to = Math.min(from + step, places - 1);
        // Only what has the same size can lie in the same bytes.
        const possible = rule !== 'shared' || resident[from] === resident[to] ? rule : null;
        const base = {
          from,
          to,
          facts: null,
          distance: possible,
          regionBytes: 0,
          scratchBytes: 0,
          cost,
          arenaBytes: 0,
        };
        const candidate = { ...base, arenaBytes: aloneIn(base, resident, sizes) };
        buffers.set(candidate, sizes);
      }
      return { resident, candidates: [...buffers.keys()], buffers };
    });
  });
}

const choiceOf = ({ resident, candidates, buffers }: Instance): Choice => ({
  resident,
  candidates,
  buffersOf: candidate => buffers.get(candidate)!,
});

const apart = (a: readonly [number, number], b: readonly [number, number]): boolean =>
  a[0] + a[1] <= b[0] || b[0] + b[1] <= a[0] || a[1] === 0 || b[1] === 0;

function expectSound({ resident, buffers: kept }: Instance, { path, tensors, buffers, arenaBytes }: Placement): void {
  expect(path[0]!.from).toBe(0);
  expect(path.at(-1)!.to).toBe(resident.length - 1);
  let highest = 0;
  const inside = ([start, bytes]: readonly [number, number], alignment: number): void => {
    if (bytes === 0) return;
    expect(start).toBeGreaterThanOrEqual(0);
    expect(start % alignment).toBe(0);
    highest = Math.max(highest, start + bytes);
  };
  path.forEach((group, g) => {
    expect(group.from).toBe(g === 0 ? 0 : path[g - 1]!.to);
    const [input, output] = [tensors[g]!, tensors[g + 1]!];
    expect(allowed(group, resident, input, output)).toBe(true);
    const ends = [
      [input, resident[group.from]!],
      [output, resident[group.to]!],
    ] as const;
    for (const end of ends) inside(end, UNIT);
    const own = kept.get(group)!.map((bytes, i) => [buffers[g]![i]!, bytes] as const);
    own.forEach((part, i) => {
      inside(part, 4);
      for (const other of [...ends, ...own.slice(0, i)]) expect(apart(part, other)).toBe(true);
    });
  });
  expect(arenaBytes).toBe(highest);
}

const nothing = fc.constant<readonly number[]>([]);
const some = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 4 });

test('what is found is sound: tensors have one place, and nothing overlaps but an input and its output as they may', () => {
  let found = 0;
  holds(
    fc.property(instances(some), fc.integer({ min: 0, max: 16 }), (given, arena) => {
      const placement = placeGroups(choiceOf(given), arena * UNIT, arena * UNIT + 1000);
      if (placement === null) return;
      found += 1;
      expectSound(given, placement);
      expect(placement.arenaBytes).toBeLessThanOrEqual(arena * UNIT + 1000);
    }),
    500,
  );
  expect(found).toBeGreaterThan(450);
});

test('where groups keep nothing besides input and output, a way is found in every arena that has one', () => {
  let [solved, hopeless] = [0, 0];
  holds(
    fc.property(instances(nothing), fc.integer({ min: 1, max: 12 }), (given, units) => {
      const arena = units * UNIT;
      const placement = placeGroups(choiceOf(given), arena, arena);
      expect(placement !== null).toBe(solvable(given, arena));
      if (placement === null) hopeless += 1;
      else {
        solved += 1;
        expectSound(given, placement);
        expect(placement.arenaBytes).toBeLessThanOrEqual(arena);
      }
    }),
    1500,
  );
  expect(Math.min(solved, hopeless)).toBeGreaterThan(200);
});

test('with room for everything the cheapest groups are taken', () => {
  holds(
    fc.property(instances(some), given => {
      const limits = { arenaBytes: 10_000, scratchBytes: 0 };
      const placement = placeGroups(choiceOf(given), limits.arenaBytes, limits.arenaBytes)!;
      const cost = placement.path.reduce((sum, group) => sum + group.cost, 0);
      expect(cost).toBe(leastCost(given.candidates, given.resident.length, limits));
    }),
  );
});

describe('cases', () => {
  const group = (from: number, rest: Partial<Candidate> = {}): Candidate => ({
    ...{ from, to: from + 1, facts: null, distance: null, regionBytes: 0, arenaBytes: 0, scratchBytes: 0, cost: 1 },
    ...rest,
  });
  const place = (
    resident: readonly number[],
    groups: readonly Candidate[],
    sizes: readonly (readonly number[])[],
    least: number,
    most = least,
  ) =>
    placeGroups(
      { resident, candidates: groups, buffersOf: candidate => sizes[groups.indexOf(candidate)]! },
      least,
      most,
    );

  test('an output lies as far below its input as it must', () => {
    const placement = place([64, 64], [group(0, { distance: 20 })], [[]], 96)!;
    expect(placement).toMatchObject({ tensors: [32, 0], arenaBytes: 96 });
    expect(place([64, 64], [group(0, { distance: 20 })], [[]], 80)).toBeNull();
  });

  test('what a group keeps fills the gaps around its tensors, the tightest one first', () => {
    const placement = place([32, 48], [group(0)], [[20, 12, 0]], 128)!;
    expect(placement.arenaBytes).toBeLessThanOrEqual(128);
    expect(place([32, 48], [group(0)], [[20, 12, 0]], 111)).toBeNull();
    expect(place([32, 48], [group(0)], [[20, 12, 0]], 112)).not.toBeNull();
  });

  test('what lies with the caller takes no room, and lets its neighbours lie anywhere', () => {
    expect(place([0, 0], [group(0)], [[8]], 8)).toMatchObject({ tensors: [0, 0], buffers: [[0]], arenaBytes: 8 });
  });

  test('the arena grows until something is found, and not beyond its limit', () => {
    // Two groups share the tensor between them, which lies at an end in both.
    const groups = [group(0), group(1)];
    expect(place([32, 32, 32], groups, [[], []], 16, 48)).toBeNull();
    expect(place([32, 32, 32], groups, [[], []], 16, 200)!.arenaBytes).toBe(64);
  });

  test('a group that does not fit alone is passed over for a dearer one that does', () => {
    const groups = [group(0, { arenaBytes: 1000 }), group(0, { cost: 5, arenaBytes: 64 })];
    expect(place([32, 32], groups, [[], []], 64)!.path).toEqual([groups[1]]);
  });

  test('where tensors shut in what a group keeps, none of the gaps may be large enough although all together are', () => {
    // 16 bytes are free, but as a gap of 16 only if both tensors lie at one end; buffers of 12 and 4 fit any way.
    expect(place([16, 16], [group(0)], [[12, 4]], 48)).not.toBeNull();
    expect(place([16, 16], [group(0)], [[20]], 48)).toBeNull();
  });
});
