/**
 * First and second moments of the values that the outputs of a layer see, over a sample of its output pixels. They tell
 * what an error in the weights does to the outputs: its mean (bias correction) and its variance (rounding, equalization).
 */
import { type MapShape, mapShape, type Shape } from '../../ir/shape.ts';
import { resolvePadding, validTaps, windowOutput } from '../../ops/window.ts';
import type { RowLayout } from '../weights/weighted.ts';

/** Sums over `count` windows; divide by it for means. */
export interface InputMoments {
  readonly count: number;
  /** [groups, dimension]: Σ x. */
  readonly sums: Float64Array;
  /** For each group the lower triangle of Σ x·xᵀ, row by row: element (i, j ≤ i) at i · (i + 1) / 2 + j. Null where not gathered. */
  readonly products: Float64Array | null;
}

/** Elements of the lower triangle of a square matrix. */
export function triangle(dimension: number): number {
  return (dimension * (dimension + 1)) / 2;
}

/** Golden ratio − 1: multiples of it modulo 1 spread evenly whatever their number (Weyl's sequence). */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Output pixels to look at: all of them, or `limit` that lie evenly without following the rows of the map. */
function pixelsOf({ height, width }: { readonly height: number; readonly width: number }, limit: number): number[] {
  const pixels = height * width;
  if (pixels <= limit) return Array.from({ length: pixels }, (_, i) => i);
  return Array.from({ length: limit }, (_, i) => Math.floor(((i * GOLDEN) % 1) * pixels));
}

/** Gathers the moments of one layer's input. */
export class MomentsCollector {
  readonly #layout: RowLayout;
  readonly #map: MapShape;
  readonly #pixels: readonly number[];
  readonly #outputWidth: number;
  readonly #window: Float64Array;
  readonly #sums: Float64Array;
  readonly #products: Float64Array | null;
  #count = 0;

  /** @param pixelLimit output pixels of each picture that are looked at */
  constructor(layout: RowLayout, input: Shape, needs: { readonly products: boolean; readonly pixelLimit: number }) {
    const map = mapShape(input);
    const flat = layout.channels * layout.groups !== map.channels;
    this.#layout = layout;
    this.#map = flat ? { batch: 1, height: 1, width: 1, channels: layout.channels * layout.groups } : map;
    const output = windowOutput(layout.window, this.#map, {});
    this.#outputWidth = output.width;
    this.#pixels = pixelsOf(output, needs.pixelLimit);
    this.#window = new Float64Array(layout.dimension * layout.groups);
    this.#sums = new Float64Array(layout.dimension * layout.groups);
    this.#products = needs.products ? new Float64Array(triangle(layout.dimension) * layout.groups) : null;
  }

  /** Copies what output pixel `pixel` sees into `#window`, [groups, dimension]; zeros where the window leaves the map. */
  #gather(values: Float32Array, pixel: number): void {
    const { window, channels, groups, dimension } = this.#layout;
    const map = this.#map;
    const { top, left } = resolvePadding(window, map);
    const vertical = validTaps(
      Math.floor(pixel / this.#outputWidth),
      window.stride[0],
      top,
      window.kernel[0],
      map.height,
    );
    const horizontal = validTaps(pixel % this.#outputWidth, window.stride[1], left, window.kernel[1], map.width);
    this.#window.fill(0);
    for (let i = vertical.begin; i < vertical.end; i += 1) {
      for (let j = horizontal.begin; j < horizontal.end; j += 1) {
        let from = ((vertical.start + i) * map.width + horizontal.start + j) * map.channels;
        const tap = (i * window.kernel[1] + j) * channels;
        for (let group = 0; group < groups; group += 1) {
          const to = group * dimension + tap;
          for (let c = 0; c < channels; c += 1, from += 1) this.#window[to + c] = values[from]!;
        }
      }
    }
  }

  #addProducts(products: Float64Array): void {
    const { dimension, groups } = this.#layout;
    const size = triangle(dimension);
    for (let group = 0; group < groups; group += 1) {
      const x = this.#window.subarray(group * dimension, (group + 1) * dimension);
      let row = group * size;
      for (let i = 0; i < dimension; i += 1) {
        const value = x[i]!;
        // Most values behind a ReLU are 0.
        if (value !== 0) for (let j = 0; j <= i; j += 1) products[row + j]! += value * x[j]!;
        row += i + 1;
      }
    }
  }

  /** Counts in one input of the layer. */
  observe(values: Float32Array): void {
    for (const pixel of this.#pixels) {
      this.#gather(values, pixel);
      for (let i = 0; i < this.#sums.length; i += 1) this.#sums[i]! += this.#window[i]!;
      if (this.#products !== null) this.#addProducts(this.#products);
    }
    this.#count += this.#pixels.length;
  }

  /** Adds what another collector of the same layer has seen. */
  add({ count, sums, products }: InputMoments): void {
    this.#count += count;
    for (let i = 0; i < sums.length; i += 1) this.#sums[i]! += sums[i]!;
    if (this.#products !== null && products !== null) {
      for (let i = 0; i < products.length; i += 1) this.#products[i]! += products[i]!;
    }
  }

  result(): InputMoments {
    return { count: this.#count, sums: this.#sums, products: this.#products };
  }
}

/** Variance of each value that a group sees, [groups, dimension]; of no sample, 0. */
export function variancesOf({ count, sums, products }: InputMoments, dimension: number): Float64Array {
  const size = triangle(dimension);
  return sums.map((sum, index) => {
    if (products === null || count === 0) return 0;
    const group = Math.floor(index / dimension);
    const i = index % dimension;
    const mean = sum / count;
    return Math.max(0, products[group * size + triangle(i) + i]! / count - mean * mean);
  });
}

/** The covariance of what one group sees as a full square matrix, row by row. */
export function covarianceOf({ count, sums, products }: InputMoments, dimension: number, group: number): Float64Array {
  const full = new Float64Array(dimension * dimension);
  if (products === null || count === 0) return full;
  const first = group * dimension;
  let at = group * triangle(dimension);
  for (let i = 0; i < dimension; i += 1) {
    const mean = sums[first + i]! / count;
    for (let j = 0; j <= i; j += 1, at += 1) {
      const value = products[at]! / count - (mean * sums[first + j]!) / count;
      full[i * dimension + j] = value;
      full[j * dimension + i] = value;
    }
  }
  return full;
}
