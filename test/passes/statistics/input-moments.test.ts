import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Shape } from '../../../src/ir/shape.ts';
import type { ExplicitPadding } from '../../../src/ops/window.ts';
import {
  covarianceOf,
  type InputMoments,
  MomentsCollector,
  triangle,
  variancesOf,
} from '../../../src/passes/statistics/input-moments.ts';
import type { RowLayout } from '../../../src/passes/weights/weighted.ts';
import { samePadding } from '../../support/naive-convolution.ts';
import { largestDifference, normals } from '../../support/operators.ts';
import { holds } from '../../support/property.ts';

const ALL = { products: true, pixelLimit: 10_000 };
const NONE: ExplicitPadding = { top: 0, bottom: 0, left: 0, right: 0 };

function layoutOf(options: Partial<RowLayout> & Pick<RowLayout, 'channels' | 'window'>): RowLayout {
  const [height, width] = options.window.kernel;
  return { outputs: 2, groups: 1, axis: 'first', dimension: height * width * options.channels, ...options };
}

interface Case {
  readonly layout: RowLayout;
  readonly input: Shape;
  readonly padding: ExplicitPadding;
}

const same = (input: Shape, [height, width]: readonly [number, number], [down, across]: readonly [number, number]) => {
  const [top, bottom] = samePadding(input[1]!, height, down);
  const [left, right] = samePadding(input[2]!, width, across);
  return { top, bottom, left, right };
};

const MAP: Shape = [1, 7, 6, 4];
const UNEVEN: ExplicitPadding = { top: 2, bottom: 0, left: 0, right: 1 };

const CASES: Readonly<Record<string, Case>> = {
  'conv 3×3, stride 2, same': {
    layout: layoutOf({ channels: 4, window: { kernel: [3, 3], stride: [2, 2], padding: 'same' } }),
    input: MAP,
    padding: same(MAP, [3, 3], [2, 2]),
  },
  'conv 2×3, stride 1×2, padded unevenly': {
    layout: layoutOf({ channels: 4, window: { kernel: [2, 3], stride: [1, 2], padding: UNEVEN } }),
    input: MAP,
    padding: UNEVEN,
  },
  'depthwise 3×3, same': {
    layout: layoutOf({ groups: 4, channels: 1, window: { kernel: [3, 3], stride: [1, 1], padding: 'same' } }),
    input: MAP,
    padding: same(MAP, [3, 3], [1, 1]),
  },
  'two groups, valid': {
    layout: layoutOf({ groups: 2, channels: 2, window: { kernel: [3, 2], stride: [1, 1], padding: 'valid' } }),
    input: MAP,
    padding: NONE,
  },
  pointwise: {
    layout: layoutOf({ channels: 4, window: { kernel: [1, 1], stride: [1, 1], padding: 'valid' } }),
    input: MAP,
    padding: NONE,
  },
  'fully connected on a map': {
    layout: layoutOf({ channels: 7 * 6 * 4, window: { kernel: [1, 1], stride: [1, 1], padding: 'valid' } }),
    input: MAP,
    padding: NONE,
  },
  'fully connected on a vector': {
    layout: layoutOf({ channels: 9, window: { kernel: [1, 1], stride: [1, 1], padding: 'valid' } }),
    input: [1, 9],
    padding: NONE,
  },
};

/** What every output pixel sees, [groups][dimension], by walking over a padded map. */
function windowsOf({ layout, input, padding }: Case, data: Float32Array): number[][][] {
  const { window, channels, groups } = layout;
  if (channels * groups !== input.at(-1)) return [[[...data]]];
  const [height, width] = input.length === 4 ? [input[1]!, input[2]!] : [1, 1];
  const at = (y: number, x: number, c: number): number =>
    y < 0 || x < 0 || y >= height || x >= width ? 0 : data[(y * width + x) * channels * groups + c]!;
  const windows: number[][][] = [];
  for (let y = -padding.top; y + window.kernel[0] <= height + padding.bottom; y += window.stride[0]) {
    for (let x = -padding.left; x + window.kernel[1] <= width + padding.right; x += window.stride[1]) {
      const seen = Array.from({ length: groups }, (_, group) => {
        const values: number[] = [];
        for (let i = 0; i < window.kernel[0]; i += 1)
          for (let j = 0; j < window.kernel[1]; j += 1)
            for (let c = 0; c < channels; c += 1) values.push(at(y + i, x + j, group * channels + c));
        return values;
      });
      windows.push(seen);
    }
  }
  return windows;
}

function momentsOf({ layout, input }: Case, maps: readonly Float32Array[], needs = ALL): InputMoments {
  const collector = new MomentsCollector(layout, input, needs);
  for (const map of maps) collector.observe(map);
  return collector.result();
}

describe.each(Object.entries(CASES))('%s', (_name, example) => {
  const { dimension, groups } = example.layout;
  const maps = [1, 2, 3].map(seed => normals(example.input, seed).data);
  const windows = maps.flatMap(map => windowsOf(example, map));
  const moments = momentsOf(example, maps);
  const means = Array.from({ length: groups }, (_, g) =>
    Array.from({ length: dimension }, (__, i) => windows.reduce((sum, w) => sum + w[g]![i]!, 0) / windows.length),
  );
  /** Mean of the products of what is left of two values without their means. */
  const covariance = (g: number, i: number, j: number): number =>
    windows.reduce((sum, w) => sum + (w[g]![i]! - means[g]![i]!) * (w[g]![j]! - means[g]![j]!), 0) / windows.length;

  test('sums and products are those over every window', () => {
    expect(moments.count).toBe(windows.length);
    const sums = means.flat().map(mean => mean * windows.length);
    expect(largestDifference(moments.sums, sums)).toBeLessThan(1e-9);
    const products: number[] = [];
    for (let g = 0; g < groups; g += 1)
      for (let i = 0; i < dimension; i += 1)
        for (let j = 0; j <= i; j += 1) products.push(windows.reduce((sum, w) => sum + w[g]![i]! * w[g]![j]!, 0));
    expect(products.length).toBe(groups * triangle(dimension));
    expect(largestDifference(moments.products!, products)).toBeLessThan(1e-9);
  });

  test('covariances and variances are those of the windows', () => {
    const variances = variancesOf(moments, dimension);
    for (let g = 0; g < groups; g += 1) {
      const matrix = covarianceOf(moments, dimension, g);
      for (let i = 0; i < dimension; i += 1) {
        expect(variances[g * dimension + i]).toBeCloseTo(matrix[i * dimension + i]!, 12);
        for (let j = 0; j < dimension; j += 1) {
          if (matrix[i * dimension + j] !== matrix[j * dimension + i]) expect.fail(`(${i}, ${j}) is not (${j}, ${i})`);
          if ((i + j) % 7 === 0) expect(matrix[i * dimension + j]).toBeCloseTo(covariance(g, i, j), 9);
        }
      }
    }
  });

  test('means alone are the same sums without products', () => {
    const { count, sums, products } = momentsOf(example, maps, { ...ALL, products: false });
    expect({ count, sums, products }).toEqual({ ...moments, products: null });
  });
});

describe('a limit of pixels', () => {
  /** How often each pixel of a map is looked at: a map that is 1 there and 0 elsewhere tells. */
  function looksAt(height: number, width: number, pixelLimit: number): number[] {
    const layout = layoutOf({ channels: 1, window: { kernel: [1, 1], stride: [1, 1], padding: 'valid' } });
    return Array.from({ length: height * width }, (_, pixel) => {
      const collector = new MomentsCollector(layout, [1, height, width, 1], { products: false, pixelLimit });
      collector.observe(Float32Array.from({ length: height * width }, (__, i) => (i === pixel ? 1 : 0)));
      expect(collector.result().count).toBe(Math.min(pixelLimit, height * width));
      return collector.result().sums[0]!;
    });
  }

  test('a map of no more pixels is looked at once everywhere', () => {
    expect(looksAt(4, 6, 24)).toEqual(new Array(24).fill(1));
    expect(looksAt(4, 6, 1000)).toEqual(new Array(24).fill(1));
  });

  test('of a larger one, that many pixels, in every part of it alike', () => {
    const [height, width, limit] = [16, 16, 64];
    const looks = looksAt(height, width, limit);
    expect(looks.reduce((sum, count) => sum + count, 0)).toBe(limit);
    expect(Math.max(...looks)).toBe(1);
    for (const part of [0, 1, 2, 3]) {
      const inRows = looks.filter((_, i) => Math.floor(i / width / 4) === part).reduce((sum, count) => sum + count, 0);
      const inColumns = looks.filter((_, i) => Math.floor((i % width) / 4) === part).reduce((a, b) => a + b, 0);
      expect(Math.abs(inRows - limit / 4)).toBeLessThanOrEqual(2);
      expect(Math.abs(inColumns - limit / 4)).toBeLessThanOrEqual(limit / 8);
    }
  });

  test('windows of the pixels looked at are whole', () => {
    const example = CASES['conv 3×3, stride 2, same']!;
    const map = normals(example.input, 5).data;
    const windows = windowsOf(example, map).map(([seen]) => seen!);
    // With one pixel its window is the sum.
    const { sums } = momentsOf(example, [map], { products: false, pixelLimit: 1 });
    expect(windows.some(seen => largestDifference(seen, sums) === 0)).toBe(true);
  });
});

describe('parts', () => {
  test('add up to the whole, exactly where the sums are exact', () => {
    const example = CASES['depthwise 3×3, same']!;
    holds(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 4 }), (seed, first) => {
        const maps = [0, 1, 2, 3].map(i => normals(example.input, seed + i, 8).data.map(Math.round));
        const collector = new MomentsCollector(example.layout, example.input, ALL);
        collector.add(momentsOf(example, maps.slice(0, first)));
        collector.add(momentsOf(example, maps.slice(first)));
        expect(collector.result()).toEqual(momentsOf(example, maps));
      }),
      20,
    );
  });

  test('of nothing have no variance', () => {
    const example = CASES['two groups, valid']!;
    const { dimension } = example.layout;
    const nothing = momentsOf(example, []);
    expect(nothing.count).toBe(0);
    expect([...variancesOf(nothing, dimension)].every(value => value === 0)).toBe(true);
    expect([...covarianceOf(nothing, dimension, 1)].every(value => value === 0)).toBe(true);
  });
});

test('the variance of a large constant is 0, never less', () => {
  const example = CASES['pointwise']!;
  const map = new Float32Array(7 * 6 * 4).fill(1234.567);
  for (const variance of variancesOf(momentsOf(example, [map, map, map]), example.layout.dimension)) {
    expect(variance).toBeGreaterThanOrEqual(0);
    expect(variance).toBeLessThan(1e-6);
  }
});
