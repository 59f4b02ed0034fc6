/**
 * A histogram of float32 values whose bins are the upper 16 bits of their representation: sign, exponent and seven bits
 * of mantissa. The bins need no range in advance, are within 1/128 of every value they hold, and two histograms add up
 * in any order to the same counts, so that calibration gives one result however its pictures are shared out.
 */

const BINS = 65536;

/** The same four bytes, to read a float from its bits. */
const BITS = new Uint32Array(1);
const FLOAT = new Float32Array(BITS.buffer);

/** Counts by bin, 65,536 of them, each exact up to 2^32 − 1. */
export type Histogram = Uint32Array;

/** All counts 0; 256 KiB. */
export function emptyHistogram(): Histogram {
  return new Uint32Array(BINS);
}

/** Adds each of `values` to the count of its bin, in place. */
export function countInto(histogram: Histogram, values: Float32Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i += 1) histogram[bits[i]! >>> 16]! += 1;
}

/** Adds the counts of `other` to `into`, in place. */
export function addHistogram(into: Histogram, other: Histogram): void {
  for (let bin = 0; bin < BINS; bin += 1) into[bin]! += other[bin]!;
}

/** The bin `rank` places up from the most negative float: negative bins in falling magnitude, then positive ones. */
function binAtRank(rank: number): number {
  return rank < BINS / 2 ? BINS - 1 - rank : rank - BINS / 2;
}

/** The value in bin `bin` that is farthest down (side −1) or up (side 1): a range that is cut there holds all of the bin. */
function edgeOf(bin: number, side: -1 | 1): number {
  const outwards = bin < BINS / 2 ? 1 : -1;
  BITS[0] = (bin << 16) | (outwards === side ? 0xffff : 0);
  return FLOAT[0]!;
}

/**
 * The range that leaves at most `1 − coverage` of the values outside, half of it on each side.
 * @param coverage fraction of the values to keep, in (0, 1]
 */
export function centralRange(histogram: Histogram, coverage: number): { min: number; max: number } {
  let total = 0;
  for (const count of histogram) total += count;
  const tail = (total * (1 - coverage)) / 2;
  const edgeFrom = (start: number, step: -1 | 1): number => {
    let seen = 0;
    for (let rank = start; rank >= 0 && rank < BINS; rank += step) {
      seen += histogram[binAtRank(rank)]!;
      if (seen > tail) return edgeOf(binAtRank(rank), step === 1 ? -1 : 1);
    }
    return 0;
  };
  return { min: edgeFrom(0, 1), max: edgeFrom(BINS - 1, -1) };
}

/** The bins that hold something, by rising value; each stands for the middle of its values, and bins of 0 for 0 itself. */
export interface HistogramPoints {
  readonly values: Float64Array;
  /** From a bin's middle to its ends. */
  readonly halfWidths: Float64Array;
  readonly counts: Float64Array;
}

/** Everything finite that a histogram holds. */
export function pointsOf(histogram: Histogram): HistogramPoints {
  const points: { value: number; halfWidth: number; count: number }[] = [];
  for (let rank = 0; rank < BINS; rank += 1) {
    const bin = binAtRank(rank);
    const count = histogram[bin]!;
    if (count === 0) continue;
    const [low, high] = [edgeOf(bin, -1), edgeOf(bin, 1)];
    const value = (bin & 0x7fff) === 0 ? 0 : (low + high) / 2;
    if (Number.isFinite(value)) points.push({ value, halfWidth: (high - low) / 2, count });
  }
  return {
    values: Float64Array.from(points, p => p.value),
    halfWidths: Float64Array.from(points, p => p.halfWidth),
    counts: Float64Array.from(points, p => p.count),
  };
}
