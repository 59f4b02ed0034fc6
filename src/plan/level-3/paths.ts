/**
 * The search over schedules. The arena of a schedule is at least that of its largest group, and the MACs that it computes
 * again are those of all its groups: one pass over the cuts, with Pareto sets of both, is exact.
 */
import type { Chain } from '../stream/chain.ts';
import { placeGroups } from '../stream/place.ts';
import { buffersOf, type Edge, inGroups } from './edges.ts';
import { type Budget, extraMacsOf, fusedGroups, type Parts } from './groups.ts';
import { paretoFront } from './pareto.ts';

/** A way from the start to a place. */
interface Path {
  readonly arenaBytes: number;
  readonly price: number;
  readonly cost: number;
  readonly last: Edge | null;
  readonly before: Path | null;
}

const START: Path = { arenaBytes: 0, price: 0, cost: 0, last: null, before: null };

/** The ways to the last place, of those that `keep` lets through at every place. */
function pathsThrough(
  chain: Chain,
  edges: readonly Edge[],
  keep: (paths: readonly Path[]) => readonly Path[],
): readonly Path[] {
  const paths: Path[][] = chain.tensors.map(() => []);
  paths[0]!.push(START);
  const leaving: Edge[][] = chain.tensors.map(() => []);
  for (const edge of edges) leaving[edge.from]!.push(edge);
  leaving.forEach((list, place) => {
    const kept = keep(paths[place]!);
    for (const edge of list) {
      const extended = kept.map(
        (path): Path => ({
          arenaBytes: Math.max(path.arenaBytes, edge.arenaBytes),
          price: path.price + edge.price,
          cost: path.cost + edge.cost,
          last: edge,
          before: path,
        }),
      );
      paths[edge.to]!.push(...extended);
    }
  });
  return keep(paths.at(-1)!);
}

/** What a schedule is known to need when nothing of it is placed: its largest group, and its price as in `FusedGroup`. */
export interface Bound {
  readonly arenaBytes: number;
  readonly price: number;
}

/** The bounds worth having within a budget, the least arena first. A smaller budget has the same ones, but for the first. */
export function boundsWithin(parts: Parts, layers: readonly Edge[], budget: Budget): readonly Bound[] {
  const groups = fusedGroups(parts, budget).map(group => inGroups(group, parts.facts, 0));
  const worthHaving = (paths: readonly Path[]): readonly Path[] =>
    paretoFront(
      paths.filter(({ price }) => extraMacsOf(price) <= budget.extraMacs),
      ({ arenaBytes, price }) => [arenaBytes, price, 0],
    );
  const within = layers.filter(({ arenaBytes }) => arenaBytes <= budget.arenaBytes);
  return pathsThrough(parts.chain, [...within, ...groups], worthHaving);
}

/** Of all ways the one that computes least again, and of those the cheapest. */
function cheapest(chain: Chain, edges: readonly Edge[]): readonly Edge[] {
  const better = (a: Path, b: Path): boolean => a.price < b.price || (a.price === b.price && a.cost <= b.cost);
  const best = (paths: readonly Path[]): readonly Path[] =>
    paths.length === 0 ? [] : [paths.reduce((a, b) => (better(a, b) ? a : b))];
  const path: Edge[] = [];
  for (let at = best(pathsThrough(chain, edges, best))[0]!; at.last !== null; at = at.before!) path.push(at.last);
  return path.reverse();
}

/** What was chosen and where it ends. */
export interface Placed {
  readonly path: readonly Edge[];
  readonly arenaBytes: number;
}

/** Places the cheapest of the groups for which that works within `least` to `most` bytes; null where none does. */
export function placeWithin(parts: Parts, edges: readonly Edge[], least: number, most: number): Placed | null {
  const known = new Map<unknown, Edge>(edges.map(edge => [edge, edge]));
  const sizes = new Map<unknown, readonly number[]>();
  const buffers = (candidate: unknown): readonly number[] => {
    const list = sizes.get(candidate) ?? buffersOf(parts, known.get(candidate)!);
    sizes.set(candidate, list);
    return list;
  };
  const placement = placeGroups({ candidates: edges, resident: parts.resident, buffersOf: buffers }, least, most);
  if (placement === null) return null;
  return { path: placement.path.map(candidate => known.get(candidate)!), arenaBytes: placement.arenaBytes };
}

/**
 * The cheapest of the ways that compute least again, or one that computes no more and finds places where that one does not.
 * @param edges of which none needs more than `least` bytes
 */
export function placeCheapest(parts: Parts, edges: readonly Edge[], least: number): Placed {
  const path = cheapest(parts.chain, edges);
  const free = edges.filter(({ price }) => extraMacsOf(price) === 0);
  // With room for two of the largest there is always a place.
  for (let most = least; ; most *= 2) {
    const found = placeWithin(parts, [...new Set([...path, ...free])], least, most);
    if (found !== null) return found;
  }
}
