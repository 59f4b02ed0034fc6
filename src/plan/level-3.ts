/**
 * Level 3 of streaming, planned and printed only: inside a flowing group, an inverted residual block may be computed a few
 * expanded channels at a time, with its expanded rows kept or computed again. See `level-3/fused.ts` for how a block runs then.
 *
 * The choice is exact over its candidates. The arena of a schedule is that of its largest group, and the MACs that it computes
 * again are those of all its groups, so that one pass over the cuts with Pareto sets of both finds the least arena for every
 * limit at once. The candidates hold all groups of level 2 in the smallest unit of flow, so that level 3 never needs more.
 *
 * MCUNetV2 (Lin et al. 2021, "Memory-efficient Patch-based Inference for Tiny Deep Learning") and msf-CNN (Huang and
 * Baccelli 2025, "msf-CNN: Patch-based Multi-Stage Fusion with Convolutional Neural Networks for TinyML") trade MACs for memory
 * too, but compute halos of patches through several blocks again; here only an expansion is.
 */
import { nothingToStream } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import type { Graph } from '../graph/graph.ts';
import { floatOperator } from '../ops/index.ts';
import { type Block, blocksOf } from './level-3/blocks.ts';
import { type Edge, inGroups, keptBytes, LARGER_UNITS, levelTwo, UNIT } from './level-3/edges.ts';
import { fusedOptions, storeBytes } from './level-3/fused.ts';
import { extraMacsOf, fusedGroups, type Parts } from './level-3/groups.ts';
import { boundsWithin, type Placed, placeCheapest, placeWithin } from './level-3/paths.ts';
import type { Group, Schedule } from './schedule.ts';
import type { Step } from './select-kernels.ts';
import { Candidates, residentBytes } from './stream/candidates.ts';
import { type Chain, chainOf } from './stream/chain.ts';
import { leastArena } from './stream/choose.ts';
import { flowFacts } from './stream/flow-facts.ts';

/** How a block runs. `layers`: whole maps; `level 2`: its rows flow with all channels. */
export type BlockChoice = 'level 2' | 'channel groups' | 'recomputed' | 'layers';

/** A block of the network in a plan. */
export interface BlockPlan {
  /** Names of its layers. */
  readonly layers: readonly string[];
  readonly choice: BlockChoice;
  /** Expanded rows that are kept from one output row to the next; null where no window runs in groups of channels. */
  readonly keptRows: number | null;
  /** Bytes that the block keeps while its group runs; of whole maps, the largest input and output of a layer. */
  readonly bytes: number;
}

/** What `snug plan --level 3` prints. */
export interface Level3Plan {
  /** With every buffer placed; what the largest group needs, wherever that can be placed. */
  readonly arenaBytes: number;
  /** MACs executed / MACs of the network. */
  readonly recomputeFactor: number;
  readonly schedule: Schedule;
  readonly blocks: readonly BlockPlan[];
}

/** What to plan for. */
export interface Level3Options {
  /** Expanded channels that are computed at a time. */
  readonly channels: number;
  /** The most that MACs executed / MACs of the network may be; at least 1. */
  readonly factorLimit: number;
}

/** MACs of the whole network, the divisor of every factor. */
function networkMacs({ links }: Chain): number {
  return links.reduce((sum, { step: { node }, input, output }) => {
    const shape = (map: typeof input): readonly number[] => [1, map.height, map.width, map.channels];
    return sum + floatOperator(node.kind).macs(node.attributes as never, [shape(input)], shape(output));
  }, 0);
}

function blockPlan(chain: Chain, block: Block, path: readonly Edge[]): BlockPlan {
  const { from, to, core } = block;
  const links = chain.links.slice(from, to);
  const layers = links.map(({ step }) => step.node.name);
  const edge = path.find(candidate => candidate.from <= core && core < candidate.to)!;
  const option = edge.options.find(candidate => candidate.block.from === from);
  if (option !== undefined) {
    const choice = option.extraMacs > 0 ? 'recomputed' : 'channel groups';
    const inputBytes = from > edge.from || from === 0 ? option.inputBytes : 0;
    return { layers, choice, keptRows: option.keptRows, bytes: storeBytes(option) + inputBytes };
  }
  const places = links.map((_, i) => from + i);
  if (edge.unit !== null) return { layers, choice: 'level 2', keptRows: null, bytes: keptBytes(edge, places) };
  const bytes = Math.max(...places.map(place => chain.tensorBytes[place]! + chain.tensorBytes[place + 1]!));
  return { layers, choice: 'layers', keptRows: null, bytes };
}

function groupsOf(chain: Chain, path: readonly Edge[], channels: number): readonly Group[] {
  const groups: Group[] = [];
  for (const { from, to, unit, options } of path) {
    const steps = chain.links.slice(from, to).map(({ step }) => step);
    const before = groups.at(-1);
    if (unit !== null) {
      const channelGroups = options.map(({ block, keptRows }) => ({
        firstStep: block.from - from,
        channels,
        keptRows,
      }));
      groups.push({ kind: 'flow', steps, unit, channelGroups });
    } else if (before?.kind === 'layers')
      groups[groups.length - 1] = { kind: 'layers', steps: [...before.steps, ...steps] };
    else groups.push({ kind: 'layers', steps });
  }
  return groups;
}

/** MACs that may be computed again; rounding never lets the factor of the result exceed the limit. */
function mostExtraMacs(total: number, factorLimit: number): number {
  let extra = Math.max(0, Math.floor((factorLimit - 1) * total));
  while (extra > 0 && (total + extra) / total > factorLimit) extra -= 1;
  return extra;
}

/** Level 2 placed as `planStream` places it. */
function placeLevel2(parts: Parts, all: (limit: number) => readonly Edge[], least: number): Placed {
  for (let most = least * 1.25; ; most *= 2) {
    const found = placeWithin(parts, all(most), least, most);
    if (found !== null) return found;
  }
}

/**
 * The schedule of least memory for a streamed input within a factor of recomputation; of those that need as little, one that
 * computes as little again as possible. A larger limit never needs more, and no limit more than level 2.
 * @param steps of the portable kernels: a block in groups of channels needs kernels of our own
 * @throws SnugError `nothingToStream` where the first layer cannot work on parts of its map
 */
export function planLevel3(graph: Graph<'quantized'>, steps: readonly Step[], options: Level3Options): Level3Plan {
  const chain = chainOf(graph, steps);
  const facts = flowFacts(chain, UNIT);
  const mode = 'streamed';
  const blocks = blocksOf(chain);
  const fused = new Map(
    blocks.map(block => [block.from, fusedOptions({ chain, facts, channels: options.channels }, block)]),
  );
  const parts: Parts = { chain, facts, options: fused, resident: residentBytes(chain, mode) };
  const candidates = new Candidates(graph, chain, mode);
  const small = candidates.within([UNIT], Infinity);
  const layers = small.filter(candidate => candidate.facts === null).map(levelTwo);
  const costs = new Map(small.filter(c => c.facts !== null).map(({ from, to, cost }) => [`${from} ${to}`, cost]));
  const plain = (limit: number): readonly Edge[] => candidates.within([UNIT, ...LARGER_UNITS], limit).map(levelTwo);

  const level2Bytes = leastArena(small, chain.tensors.length, Infinity);
  if (level2Bytes === Infinity) throw new SnugError(nothingToStream({ layer: chain.links[0]!.step.node.name }));
  const total = networkMacs(chain);
  const extraMacs = mostExtraMacs(total, options.factorLimit);
  let best: Placed | null = null;
  for (const bound of boundsWithin(parts, layers, { arenaBytes: level2Bytes, extraMacs })) {
    if (best !== null && best.arenaBytes <= bound.arenaBytes) break;
    const groups = fusedGroups(parts, { arenaBytes: bound.arenaBytes, extraMacs: extraMacsOf(bound.price) })
      .filter(group => group.options.length > 0)
      .map(group => inGroups(group, facts, costs.get(`${group.from} ${group.to}`)!));
    const found = placeCheapest(parts, [...plain(bound.arenaBytes), ...groups], bound.arenaBytes);
    if (best === null || found.arenaBytes < best.arenaBytes) best = found;
  }
  if (best === null || best.arenaBytes > level2Bytes) {
    const level2 = placeLevel2(parts, plain, level2Bytes);
    if (best === null || level2.arenaBytes < best.arenaBytes) best = level2;
  }

  const { path, arenaBytes } = best;
  const again = extraMacsOf(path.reduce((sum, { price }) => sum + price, 0));
  const recomputeFactor = again === 0 ? 1 : (total + again) / total;
  return {
    arenaBytes,
    recomputeFactor,
    schedule: { kind: 'stream', input: mode, groups: groupsOf(chain, path, options.channels), recomputeFactor },
    blocks: blocks.map(block => blockPlan(chain, block, path)),
  };
}
