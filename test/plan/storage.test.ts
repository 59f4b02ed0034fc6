import { describe, expect, test } from 'vitest';
import type { TensorId } from '../../src/ir/units.ts';
import { selectKernels } from '../../src/plan/select-kernels.ts';
import { assignStorage, type Storage } from '../../src/plan/storage.ts';
import { quantizePlainly } from '../support/plain-networks.ts';
import { refusalOf } from '../support/refusal.ts';
import { type SmallGraph, smallGraph } from '../support/small-graphs.ts';

interface Stored {
  readonly storage: Storage;
  /** `input`, `output` or the number of the buffer. */
  readonly place: (name: string) => string | number;
}

function store(describeGraph: (small: SmallGraph) => TensorId): Stored {
  const small = smallGraph([1, 6, 6, 4]);
  const graph = quantizePlainly(small.builder.finish(describeGraph(small)));
  const storage = assignStorage(graph, selectKernels(graph, 'auto'));
  return {
    storage,
    place(name) {
      const place = storage.places[graph.tensors.find(tensor => tensor.name === name)!.id]!;
      return place.kind === 'buffer' ? place.buffer : place.kind;
    },
  };
}

test('a chain: one buffer for each tensor between input and output, alive from its maker to its last reader', () => {
  const { storage, place } = store(g => g.conv('c', g.conv('b', g.conv('a', g.input))));
  expect([place('input'), place('a'), place('b'), place('c')]).toEqual(['input', 0, 1, 'output']);
  expect(storage.buffers).toEqual([
    { bytes: 144, first: 0, last: 1, tensors: [1] },
    { bytes: 144, first: 1, last: 2, tensors: [2] },
  ]);
});

describe('reshape', () => {
  test('shares its input’s buffer, as long as either lives', () => {
    const { storage, place } = store(g => g.dense('d', g.reshape('flat', g.conv('a', g.input), [1, 144]), 3));
    expect(place('flat')).toBe(place('a'));
    expect(storage.buffers).toEqual([{ bytes: 144, first: 0, last: 2, tensors: [1, 2] }]);
  });

  test('of the input is the input', () => {
    const { place } = store(g => g.dense('d', g.reshape('flat', g.input, [1, 144]), 3));
    expect(place('flat')).toBe('input');
  });

  test('that is the output puts what it reads into the output', () => {
    const { storage, place } = store(g => g.reshape('flat', g.conv('a', g.input), [1, 144]));
    expect([place('a'), place('flat'), storage.buffers.length]).toEqual(['output', 'output', 0]);
  });

  test('of the input to the output leaves nothing to compute', () => {
    const { code } = refusalOf(() => store(g => g.reshape('flat', g.input, [1, 144])));
    expect(code).toBe('SNUG304');
  });
});

describe('in place', () => {
  test('an addition writes over an input that dies with it, the first or the second', () => {
    const dying = (swap: boolean) => {
      const { place } = store(g => {
        const a = g.conv('a', g.input);
        const b = g.conv('b', a);
        return g.conv('end', swap ? g.add('sum', b, a) : g.add('sum', a, b));
      });
      return [place('sum'), place('a'), place('b')];
    };
    expect(dying(false)).toEqual([0, 0, 1]);
    expect(dying(true)).toEqual([1, 0, 1]);
  });

  test('not over one that is read later', () => {
    const { storage, place } = store(g => {
      const a = g.conv('a', g.input);
      const b = g.conv('b', a);
      return g.add('end', g.conv('c', g.add('sum', a, b)), a);
    });
    expect(place('sum')).toBe(place('b'));
    expect(place('sum')).not.toBe(place('a'));
    expect(storage.buffers[0]).toEqual({ bytes: 144, first: 0, last: 4, tensors: [1] });
  });

  test('not over one whose other name is read later', () => {
    const { place } = store(g => {
      const a = g.conv('a', g.input);
      const flat = g.reshape('flat', a, [1, 144]);
      const relu = g.clamp('relu', g.reshape('map', flat, [1, 6, 6, 4]), -0.5, 0.5);
      const kept = g.conv('kept', relu);
      return g.add('end', g.add('sum', kept, relu), a);
    });
    expect(place('flat')).toBe(place('a'));
    expect(place('map')).toBe(place('a'));
    expect(place('relu')).not.toBe(place('a'));
  });

  test('never over the caller’s input', () => {
    const { place } = store(g => g.conv('end', g.add('sum', g.input, g.input)));
    expect([place('input'), place('sum')]).toEqual(['input', 0]);
  });

  test('never in the caller’s output before its time', () => {
    const { place } = store(g => {
      const a = g.conv('a', g.input);
      return g.add('sum', a, g.conv('b', a));
    });
    expect([place('a'), place('b'), place('sum')]).toEqual([0, 1, 'output']);
  });

  test('a convolution does not run in place', () => {
    const { place } = store(g => g.conv('c', g.conv('b', g.conv('a', g.input, { kernel: 1 }), { kernel: 1 })));
    expect(place('b')).not.toBe(place('a'));
  });

  test('a chain of residuals stays in one buffer', () => {
    const { storage, place } = store(g => {
      const first = g.add('sum1', g.conv('a', g.input), g.conv('b', g.input));
      return g.conv('end', g.add('sum2', first, g.conv('c', first)));
    });
    expect([place('sum1'), place('sum2')]).toEqual([place('a'), place('a')]);
    expect(storage.buffers[0]).toMatchObject({ first: 0, last: 5, tensors: [1, 3, 5] });
  });
});
