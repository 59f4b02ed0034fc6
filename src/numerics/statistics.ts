/** Figures about arrays of numbers: ranges and signal-to-noise ratios. */

/** A closed interval of reals. The empty one has min Infinity and max −Infinity. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** The least range that holds all values; empty where there are none. NaN is passed over. */
export function rangeOf(values: ArrayLike<number>): Range {
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

/** The least range that holds both `a` and `b`. */
export function unionOf(a: Range, b: Range): Range {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

/** Index of the first value that is NaN or infinite, or −1. */
export function firstNonFinite(values: ArrayLike<number>): number {
  for (let i = 0; i < values.length; i += 1) if (!Number.isFinite(values[i]!)) return i;
  return -1;
}

/** Index of the largest value; the first one where several are equal. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i += 1) if (values[i]! > values[best]!) best = i;
  return best;
}

/**
 * Indices of the `count` largest values, the largest first, or of all where there are fewer; of equal values the first index
 * comes first, as with `argmax`, and NaN ranks below all numbers.
 */
export function largest(values: ArrayLike<number>, count: number): readonly number[] {
  const rankable = (index: number): number => (Number.isNaN(values[index]!) ? -Infinity : values[index]!);
  const best: number[] = [];
  for (let i = 0; i < values.length; i += 1) {
    const value = rankable(i);
    if (best.length === count && value <= rankable(best[count - 1]!)) continue;
    const place = best.findIndex(index => value > rankable(index));
    best.splice(place < 0 ? best.length : place, 0, i);
    if (best.length > count) best.pop();
  }
  return best;
}

/** Sums from which a signal-to-noise ratio follows; add up over pictures with `addNoise`. */
export interface Noise {
  /** Σ expected². */
  readonly signal: number;
  /** Σ (actual − expected)². */
  readonly noise: number;
}

/** Squared sums of `expected` and of the difference `actual − expected`. */
export function noiseOf(expected: ArrayLike<number>, actual: ArrayLike<number>): Noise {
  let signal = 0;
  let noise = 0;
  for (let i = 0; i < expected.length; i += 1) {
    const e = expected[i]!;
    const d = actual[i]! - e;
    signal += e * e;
    noise += d * d;
  }
  return { signal, noise };
}

/** The sums over both sets of values. */
export function addNoise(a: Noise, b: Noise): Noise {
  return { signal: a.signal + b.signal, noise: a.noise + b.noise };
}

/** 10 · log10(signal / noise) in dB; Infinity where nothing differs. */
export function decibels({ signal, noise }: Noise): number {
  return noise === 0 ? Infinity : 10 * Math.log10(signal / noise);
}
