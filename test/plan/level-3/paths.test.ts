/** The search against every schedule of short chains, each of them added up on its own. */
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../../src/graph/graph.ts';
import { mobilenetV2 } from '../../../src/models/mobilenet-v2.ts';
import { alignUp } from '../../../src/plan/alignment.ts';
import { blocksOf } from '../../../src/plan/level-3/blocks.ts';
import { levelTwo, UNIT } from '../../../src/plan/level-3/edges.ts';
import { type FusedOption, fusedOptions, fusedTracker, storeBytes } from '../../../src/plan/level-3/fused.ts';
import { extraMacsOf, type Parts } from '../../../src/plan/level-3/groups.ts';
import { boundsWithin } from '../../../src/plan/level-3/paths.ts';
import { selectKernels } from '../../../src/plan/select-kernels.ts';
import { type Candidate, Candidates, residentBytes } from '../../../src/plan/stream/candidates.ts';
import { chainOf } from '../../../src/plan/stream/chain.ts';
import { flowFacts } from '../../../src/plan/stream/flow-facts.ts';
import { stepWorkspace } from '../../../src/plan/stream/flow-layout.ts';
import { OverlapTracker } from '../../../src/plan/stream/overlap.ts';
import { quantizePlainly, zeroParameters } from '../../support/plain-networks.ts';
import { randomNetwork } from '../../support/random-network.ts';

const CHANNELS = 3;

interface Setting {
  readonly parts: Parts;
  readonly layers: readonly Candidate[];
}

function settingOf(graph: Graph<'quantized'>): Setting {
  const chain = chainOf(graph, selectKernels(graph, 'portable'));
  const facts = flowFacts(chain, UNIT);
  const options = new Map(
    blocksOf(chain).map(block => [block.from, fusedOptions({ chain, facts, channels: CHANNELS }, block)]),
  );
  const parts = { chain, facts, options, resident: residentBytes(chain, 'streamed') };
  const layers = new Candidates(graph, chain, 'streamed').within([], Infinity);
  return { parts, layers };
}

type Item = number | FusedOption;

/** Every way to run the steps between two places as single steps and blocks in groups. */
function waysBetween({ chain, facts, options }: Parts, from: number, to: number): readonly (readonly Item[])[] {
  const ways = (place: number): readonly (readonly Item[])[] => {
    if (place === to) return [[]];
    const { lateFrom } = chain.links[place]!;
    const { flows, reduces } = facts.steps[place]!;
    const single = flows && (lateFrom === null || lateFrom >= from) && (!reduces || place + 1 === to);
    const fused = (options.get(place) ?? []).filter(
      ({ block, overWhole }) => block.end <= to && !(overWhole && (place > from || place === 0)),
    );
    return [
      ...(single ? ways(place + 1).map(rest => [place, ...rest]) : []),
      ...fused.flatMap(option => ways(option.block.end).map(rest => [option, ...rest])),
    ];
  };
  return ways(from);
}

/** Memory of one way, added up. */
function arenaOf({ chain, facts, resident }: Parts, from: number, to: number, items: readonly Item[]): number {
  const store = from === 0 ? 'streamed' : 'resident';
  let [kept, workspace, sums] = [
    0,
    from === 0 && facts.places[0]!.bufferUnits === null ? facts.places[0]!.chunkBytes : 0,
    0,
  ];
  for (const item of items) {
    const place = typeof item === 'number' ? item : item.block.from;
    const waits = place > 0 && place === from ? 0 : 1;
    if (typeof item === 'number') {
      kept += waits * facts.places[place]!.bufferBytes;
      workspace = Math.max(workspace, stepWorkspace(chain, facts, item, { from, store, isLast: item === to - 1 }));
      sums += facts.steps[item]!.sumBytes;
    } else {
      kept += waits * item.inputBytes + storeBytes(item);
      workspace = Math.max(workspace, item.workspaceBytes);
    }
  }
  const region = alignUp(kept + sums + alignUp(workspace, 4), 16);
  const [input, output] = [resident[from]!, resident[to]!];
  if (input === 0 || output === 0) return region + input + output;
  const [first] = items;
  const tracker = typeof first === 'number' ? new OverlapTracker(facts, from) : fusedTracker(facts, first!);
  if (tracker === null) return region + input + output;
  for (let i = from; i < to; i += 1) tracker.append(i, chain.links[i]!.lateFrom === from);
  const distance = facts.steps[to - 1]!.reduces ? 0 : Math.max(0, tracker.distance(to - 1));
  return region + Math.min(input + output, Math.max(output, alignUp(distance, 16) + input));
}

/** The least arena of any schedule within a limit, by trying all of them. */
function exhaustive({ parts, layers }: Setting, extraMacs: number): number {
  const { chain } = parts;
  const end = chain.links.length;
  const groups: { from: number; to: number; arena: number; extra: number }[] = layers.map(
    ({ from, to, arenaBytes }) => ({
      from,
      to,
      arena: arenaBytes,
      extra: 0,
    }),
  );
  const cuts = chain.cut.flatMap((cut, place) => (cut ? [place] : []));
  for (const from of cuts) {
    for (const to of cuts.filter(place => place > from)) {
      for (const items of waysBetween(parts, from, to)) {
        const extra = items.reduce<number>((sum, item) => sum + (typeof item === 'number' ? 0 : item.extraMacs), 0);
        groups.push({ from, to, arena: arenaOf(parts, from, to, items), extra });
      }
    }
  }
  let least = Infinity;
  const descend = (place: number, arena: number, extra: number): void => {
    if (arena >= least || extra > extraMacs) return;
    if (place === end) least = arena;
    else for (const g of groups) if (g.from === place) descend(g.to, Math.max(arena, g.arena), extra + g.extra);
  };
  descend(0, 0, 0);
  return least;
}

function compare(graph: Graph<'quantized'>): number {
  const setting = settingOf(graph);
  const layers = setting.layers.map(levelTwo);
  const all = boundsWithin(setting.parts, layers, { arenaBytes: Infinity, extraMacs: Infinity });
  // At each bound's MACs, and one short of them.
  const limits = [0, ...all.flatMap(({ price }) => [extraMacsOf(price), extraMacsOf(price) - 1])];
  for (const extraMacs of new Set(limits.filter(limit => limit >= 0))) {
    const [least] = boundsWithin(setting.parts, layers, { arenaBytes: Infinity, extraMacs });
    expect(least?.arenaBytes ?? Infinity).toBe(exhaustive(setting, extraMacs));
  }
  return all.length;
}

describe('least arena', () => {
  test.each([
    [
      [32, 40],
      [
        [2, 8, 1, 1],
        [4, 8, 1, 2],
        [6, 8, 2, 1],
      ],
    ],
    [
      [48, 32],
      [
        [6, 16, 1, 2],
        [3, 16, 2, 1],
        [6, 24, 1, 2],
      ],
    ],
    [
      [33, 47],
      [
        [1, 8, 1, 1],
        [6, 8, 2, 2],
      ],
    ],
  ] as const)('of a short MobileNetV2 of %j with blocks %j', (resolution, blocks) => {
    const options = { resolution, blocks, width: 0.35, classes: 10 };
    expect(compare(quantizePlainly(mobilenetV2(options, zeroParameters())))).toBeGreaterThan(1);
  });

  test('of random networks', () => {
    let traded = 0;
    for (let seed = 1; seed <= 120; seed += 1) {
      const graph = quantizePlainly(randomNetwork(seed));
      if (graph.nodes.length <= 16 && compare(graph) > 1) traded += 1;
    }
    expect(traded).toBeGreaterThan(20);
  });
});
