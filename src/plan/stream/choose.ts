/**
 * Bounds by dynamic programming over the cuts. A group's memory does not depend on the others, so that the arena of a schedule
 * is at least that of its largest group: the least arena is that of the path whose largest step is least, and within a limit
 * the cheapest schedule is a shortest path. Both are exact over the candidates; placing them may need a little more.
 */
import type { Candidate } from './candidates.ts';

/** What a schedule may take, in bytes. */
export interface Limits {
  readonly arenaBytes: number;
  readonly scratchBytes: number;
}

/** The least value of any path to the last place, where `extend(value so far, next group)` is the value of a longer one. */
function bestValue(
  candidates: readonly Candidate[],
  places: number,
  extend: (value: number, next: Candidate) => number,
): number {
  const values = new Float64Array(places).fill(Infinity);
  values[0] = 0;
  // Groups lead forward, so in order of their start every value is final when it is used.
  for (const next of [...candidates].sort((a, b) => a.from - b.from)) {
    values[next.to] = Math.min(values[next.to]!, extend(values[next.from]!, next));
  }
  return values[places - 1]!;
}

/** The least arena of any schedule; Infinity where there is none. */
export function leastArena(candidates: readonly Candidate[], places: number, scratchBytes: number): number {
  const allowed = candidates.filter(candidate => candidate.scratchBytes <= scratchBytes);
  return bestValue(allowed, places, (value, next) => Math.max(value, next.arenaBytes));
}

/** The least cost of any schedule within the limits; Infinity where there is none. */
export function leastCost(candidates: readonly Candidate[], places: number, limits: Limits): number {
  return bestValue(withinLimits(candidates, limits), places, (value, next) => value + next.cost);
}

/** The groups that keep to the limits on their own. */
export function withinLimits(candidates: readonly Candidate[], limits: Limits): readonly Candidate[] {
  return candidates.filter(
    candidate => candidate.arenaBytes <= limits.arenaBytes && candidate.scratchBytes <= limits.scratchBytes,
  );
}

/** The limits under which arena and scratch together are least; of equal sums the one with less scratch. */
export function leastLimits(candidates: readonly Candidate[], places: number): Limits | null {
  const scratches = [...new Set(candidates.map(({ scratchBytes }) => scratchBytes))].sort((a, b) => a - b);
  let best: Limits | null = null;
  for (const scratchBytes of scratches) {
    if (best !== null && scratchBytes >= best.arenaBytes + best.scratchBytes) break;
    const arenaBytes = leastArena(candidates, places, scratchBytes);
    const better = best === null || arenaBytes + scratchBytes < best.arenaBytes + best.scratchBytes;
    if (arenaBytes !== Infinity && better) best = { arenaBytes, scratchBytes };
  }
  return best;
}

/** A division of a budget, and a bound from below on the cost of what fits it. */
export interface Division {
  readonly limits: Limits;
  readonly cost: number;
}

/** How a budget of arena and scratch together may be divided: all divisions in which a schedule fits, the cheapest first. */
export function divideBudget(candidates: readonly Candidate[], places: number, budget: number): readonly Division[] {
  const scratches = [...new Set(candidates.map(({ scratchBytes }) => scratchBytes))].sort((a, b) => a - b);
  return scratches
    .map(scratchBytes => ({ arenaBytes: budget - scratchBytes, scratchBytes }))
    .map(limits => ({ limits, cost: leastCost(candidates, places, limits) }))
    .filter(({ cost }) => cost < Infinity)
    .sort((a, b) => a.cost - b.cost);
}
