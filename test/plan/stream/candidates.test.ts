/** The groups that a schedule may be made of, against their definitions: which there are, and the memory of each. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../../src/graph/graph.ts';
import type { TensorId } from '../../../src/ir/units.ts';
import type { FlowUnit, InputMode } from '../../../src/plan/schedule.ts';
import { selectKernels } from '../../../src/plan/select-kernels.ts';
import {
  type Candidate,
  Candidates,
  inputStore,
  layerUnit,
  residentBytes,
} from '../../../src/plan/stream/candidates.ts';
import { type Chain, chainOf } from '../../../src/plan/stream/chain.ts';
import { flowFacts } from '../../../src/plan/stream/flow-facts.ts';
import { flowLayout } from '../../../src/plan/stream/flow-layout.ts';
import { quantizePlainly } from '../../support/plain-networks.ts';
import { holds } from '../../support/property.ts';
import { randomNetwork } from '../../support/random-network.ts';
import { type SmallGraph, smallGraph } from '../../support/small-graphs.ts';

interface Network {
  readonly graph: Graph<'quantized'>;
  readonly chain: Chain;
}

function networkOf(graph: Graph<'quantized'>): Network {
  return { graph, chain: chainOf(graph, selectKernels(graph, 'auto')) };
}

function small(describeGraph: (given: SmallGraph) => TensorId): Network {
  const given = smallGraph([1, 6, 6, 4]);
  return networkOf(quantizePlainly(given.builder.finish(describeGraph(given))));
}

const up = (value: number): number => Math.ceil(value / 16) * 16;

/** The least bytes that hold input and output, found by trying. */
function leastUnion(input: number, output: number, distance: Candidate['distance']): number {
  if (distance === 'shared') return Math.max(input, output);
  if (input === 0 || output === 0) return input + output;
  let least = input + output;
  for (let apart = -output; apart <= input + output; apart += 16) {
    const disjoint = apart >= output || -apart >= input;
    if (!disjoint && (distance === null || apart < distance)) continue;
    const lowest = Math.min(apart, 0);
    least = Math.min(least, Math.max(apart + input, output) - lowest);
  }
  return least;
}

const units: readonly FlowUnit[] = [{ kind: 'pixels', count: 4 }, { kind: 'pixels', count: 16 }, { kind: 'rows' }];
const modes = fc.constantFrom<InputMode>('caller', 'resident', 'streamed');
const key = ({ from, to, facts }: Pick<Candidate, 'from' | 'to' | 'facts'>): string =>
  `${from}–${to} ${facts === null ? 'layers' : JSON.stringify(facts.unit)}`;

/** Which groups there are, from the chain alone. */
function expectedKeys(chain: Chain, mode: InputMode): readonly string[] {
  const cuts = chain.cut.flatMap((cut, place) => (cut ? [place] : []));
  const pairs = cuts.flatMap(from => cuts.filter(to => to > from).map(to => [from, to] as const));
  const layers = pairs
    .filter(([from, to]) => cuts.indexOf(to) === cuts.indexOf(from) + 1 && !(from === 0 && mode === 'streamed'))
    .map(([from, to]) => key({ from, to, facts: null }));
  const flows = units.flatMap(unit => {
    const facts = flowFacts(chain, unit);
    return pairs
      .filter(([from, to]) => {
        const steps = facts.steps.slice(from, to);
        return steps.every(({ flows: flow, reduces }, i) => flow && (!reduces || i === steps.length - 1));
      })
      .map(([from, to]) => key({ from, to, facts }));
  });
  return [...layers, ...flows];
}

test('in random networks: all groups there are, each with the memory of its parts', () => {
  let checked = 0;
  holds(
    fc.property(fc.integer({ min: 1, max: 10_000 }), modes, (seed, mode) => {
      const { graph, chain } = networkOf(quantizePlainly(randomNetwork(seed)));
      const resident = residentBytes(chain, mode);
      const all = new Candidates(graph, chain, mode).within(units, Infinity);
      expect(all.map(key).toSorted()).toEqual(expectedKeys(chain, mode).toSorted());
      for (const { from, to, facts, distance, regionBytes, arenaBytes, scratchBytes, cost } of all) {
        expect(arenaBytes).toBe(up(regionBytes) + leastUnion(resident[from]!, resident[to]!, distance));
        expect(cost).toBeGreaterThan(0);
        if (facts === null) continue;
        const { stores, workspaceBytes, sumBytes } = flowLayout(chain, facts, from, to, inputStore(from, mode));
        const buffers = [...stores.values()].map(({ kind, bytes }) => (kind === 'buffer' ? bytes : 0));
        expect(regionBytes).toBe(up(buffers.reduce((a, b) => a + b, 0) + workspaceBytes + sumBytes));
        expect(scratchBytes).toBe(Math.max(...facts.steps.slice(from, to).map(step => step.scratchBytes)));
        checked += 1;
      }
    }),
    50,
  );
  expect(checked).toBeGreaterThan(500);
});

test('a limit leaves out what is larger, and nothing else', () => {
  holds(
    fc.property(fc.integer({ min: 1, max: 10_000 }), modes, fc.integer({ min: 1, max: 99 }), (seed, mode, percent) => {
      const { graph, chain } = networkOf(quantizePlainly(randomNetwork(seed)));
      const all = new Candidates(graph, chain, mode).within(units, Infinity);
      const sizes = all.map(({ arenaBytes }) => arenaBytes).toSorted((a, b) => a - b);
      const limit = sizes[Math.floor((sizes.length * percent) / 100)] ?? 100;
      const within = new Candidates(graph, chain, mode).within(units, limit);
      expect(within).toEqual(all.filter(({ arenaBytes }) => arenaBytes <= limit));
    }),
    30,
  );
});

test('nothing flows on behind a reduction, whose output is known when all has arrived', () => {
  const { graph, chain } = small(g => {
    const attributes = { window: 'global', activation: null } as const;
    const pooled = g.builder.add('averagePool', 'pool', [g.conv('a', g.input)], attributes, {});
    return g.conv('b', pooled, { kernel: 1 });
  });
  const ends = new Candidates(graph, chain, 'streamed')
    .within(units.slice(0, 1), Infinity)
    .filter(({ facts }) => facts !== null)
    .map(({ from, to }) => [from, to]);
  expect(ends).toEqual([
    [0, 1],
    [0, 2],
    [1, 2],
    [2, 3],
  ]);
});

describe('resident tensors', () => {
  const { chain } = small(g => {
    const flat = g.reshape(
      'flat',
      g.dense('dense', g.reshape('vector', g.conv('a', g.input), [1, 144]), 7),
      [1, 1, 1, 7],
    );
    return flat;
  });

  test('lie in the arena in whole units; the output and its other names with the caller, the input as it is given', () => {
    expect(residentBytes(chain, 'resident')).toEqual([144, 144, 144, 0, 0]);
    expect(residentBytes(chain, 'caller')).toEqual([0, 144, 144, 0, 0]);
    expect(residentBytes(chain, 'streamed')).toEqual([0, 144, 144, 0, 0]);
    const odd = small(g => g.conv('b', g.reshape('again', g.conv('a', g.input, { outputs: 5 }), [1, 6, 6, 5])));
    expect(residentBytes(odd.chain, 'resident')).toEqual([144, 192, 192, 0]);
    const renamed = small(g => g.dense('dense', g.reshape('vector', g.input, [1, 144]), 7));
    expect(residentBytes(renamed.chain, 'caller')).toEqual([0, 0, 0]);
  });

  test('only the network’s own input can be streamed', () => {
    expect([inputStore(0, 'streamed'), inputStore(1, 'streamed'), inputStore(0, 'resident')]).toEqual([
      ...['streamed', 'resident', 'resident'],
    ]);
  });
});

describe('whole layers between two cuts', () => {
  const residual = small(g => {
    const source = g.conv('source', g.input);
    const branch = g.conv('branch', g.conv('wide', source, { outputs: 8 }));
    return g.conv('end', g.add('sum', branch, source));
  });

  test('a residual keeps its branch, and ends where it began: the addition runs in place', () => {
    const { graph, chain } = residual;
    expect(chain.cut).toEqual([true, true, false, false, true, true]);
    const unit = layerUnit(graph, chain, 1, 4, residentBytes(chain, 'resident'));
    // The first operand that dies is the branch, so that the sum lies there.
    expect(unit).toMatchObject({ shared: false, inInput: [chain.tensors[1]], packing: { totalBytes: 288 } });
    expect(unit.inOutput).toEqual([chain.tensors[3], chain.tensors[4]]);
    const [found] = new Candidates(graph, chain, 'resident').within([], Infinity).filter(c => c.from === 1);
    expect(found).toMatchObject({ to: 4, distance: null, regionBytes: 288, arenaBytes: 288 + 2 * 144 });
  });

  test('a clamp shares the bytes of its input, unless these are the caller’s; so does what only renames it', () => {
    const { graph, chain } = small(g => g.conv('b', g.clamp('clamp', g.input, 0.1, 0.9)));
    const distances = (mode: InputMode): Candidate['distance'][] =>
      new Candidates(graph, chain, mode).within([], Infinity).map(({ distance }) => distance);
    expect(distances('resident')).toEqual(['shared', null]);
    expect(distances('caller')).toEqual([null, null]);
    const named = small(g => g.conv('b', g.reshape('same', g.conv('a', g.input), [1, 6, 6, 4])));
    expect(layerUnit(named.graph, named.chain, 1, 2, residentBytes(named.chain, 'caller')).shared).toBe(true);
  });
});
