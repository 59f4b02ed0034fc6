/**
 * A histogram of float32 values whose bins are the upper 16 bits of their representation: sign, exponent and seven bits
 * of mantissa. The bins need no range in advance, are within 1/128 of every value they hold, and two histograms add up
 * in any order to the same counts, so that calibration gives one result however its pictures are shared out.
 */

const BINS = 65536;

export type Histogram = Uint32Array;

export function emptyHistogram(): Histogram {
  return new Uint32Array(BINS);
}

export function countInto(histogram: Histogram, values: Float32Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i += 1) histogram[bits[i]! >>> 16]! += 1;
}

export function addHistogram(into: Histogram, other: Histogram): void {
  for (let bin = 0; bin < BINS; bin += 1) into[bin]! += other[bin]!;
}

/** The bin `rank` places up from the most negative float: negative bins in falling magnitude, then positive ones. */
function binAtRank(rank: number): number {
  return rank < BINS / 2 ? BINS - 1 - rank : rank - BINS / 2;
}

/** The value in bin `bin` that is farthest from zero, so that a range cut at a bin's edge holds all of the bin. */
function outerEdge(bin: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, ((bin << 16) | 0xffff) >>> 0);
  return view.getFloat32(0);
}

/**
 * The range that leaves at most `1 − coverage` of the values outside, half of it on each side.
 * @param coverage fraction of the values to keep, in (0, 1]
 */
export function centralRange(histogram: Histogram, coverage: number): { min: number; max: number } {
  let total = 0;
  for (const count of histogram) total += count;
  const tail = (total * (1 - coverage)) / 2;
  const edgeFrom = (start: number, step: number): number => {
    let seen = 0;
    for (let rank = start; rank >= 0 && rank < BINS; rank += step) {
      seen += histogram[binAtRank(rank)]!;
      if (seen > tail) return outerEdge(binAtRank(rank));
    }
    return 0;
  };
  return { min: edgeFrom(0, 1), max: edgeFrom(BINS - 1, -1) };
}
