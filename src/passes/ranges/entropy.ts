/**
 * The range whose quantized values tell most about the real ones: least Kullback–Leibler divergence between the two
 * distributions (Migacz 2017, "8-bit Inference with TensorRT"), here with both ends moved inwards by the same factor.
 */
import type { HistogramPoints } from '../../numerics/histogram.ts';
import type { Range } from '../../numerics/statistics.ts';

/** Bins of equal width over what was seen. */
const BINS = 2048;
/** Values that int8 can take. */
const LEVELS = 256;
/** Candidates keep from an eighth of what was seen up to all of it. */
const CANDIDATES = 112;
const SMALLEST = 1 / 8;

function evenBins({ values, counts }: HistogramPoints, { min, max }: Range): Float64Array {
  const bins = new Float64Array(BINS);
  const width = (max - min) / BINS;
  for (let i = 0; i < values.length; i += 1) {
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor((values[i]! - min) / width)));
    bins[bin]! += counts[i]!;
  }
  return bins;
}

/** Divergence of the distribution that bins [first, last) keep, their outside counted at the ends, from its 256 levels. */
function divergence(bins: Float64Array, first: number, last: number): number {
  const kept = bins.slice(first, last);
  const inside = Float64Array.from(kept);
  for (let i = 0; i < first; i += 1) kept[0]! += bins[i]!;
  for (let i = last; i < BINS; i += 1) kept[kept.length - 1]! += bins[i]!;
  const total = kept.reduce((sum, count) => sum + count, 0);
  const insideTotal = inside.reduce((sum, count) => sum + count, 0);
  if (total === 0 || insideTotal === 0) return Infinity;
  let sum = 0;
  for (let level = 0; level < LEVELS; level += 1) {
    const begin = Math.floor((level * kept.length) / LEVELS);
    const end = Math.floor(((level + 1) * kept.length) / LEVELS);
    let count = 0;
    let occupied = 0;
    for (let i = begin; i < end; i += 1) {
      count += inside[i]!;
      if (kept[i]! > 0) occupied += 1;
    }
    for (let i = begin; i < end; i += 1) {
      if (kept[i]! === 0) continue;
      const p = kept[i]! / total;
      // A level that holds outliers only has no probability of its own; one count keeps the divergence finite.
      const q = Math.max(count, 1) / occupied / insideTotal;
      sum += p * Math.log(p / q);
    }
  }
  return sum;
}

/** The least divergent of ranges between an eighth of what was seen and all of it. */
export function leastDivergence(points: HistogramPoints, seen: Range): Range {
  // One value alone has no distribution.
  if (!(seen.max > seen.min)) return seen;
  const bins = evenBins(points, seen);
  let best = seen;
  let least = Infinity;
  for (let candidate = 0; candidate <= CANDIDATES; candidate += 1) {
    const part = 1 - (candidate / CANDIDATES) * (1 - SMALLEST);
    // An end on the far side of 0 stays: quantization covers 0 in any case, and nothing is to be won by moving it.
    const range = {
      min: seen.min < 0 ? seen.min * part : seen.min,
      max: seen.max > 0 ? seen.max * part : seen.max,
    };
    const binOf = (value: number): number => ((value - seen.min) / (seen.max - seen.min)) * BINS;
    const first = Math.max(0, Math.floor(binOf(range.min)));
    const last = Math.min(BINS, Math.ceil(binOf(range.max)));
    // Fewer bins than levels tell nothing about rounding.
    if (last - first < LEVELS) break;
    const value = divergence(bins, first, last);
    if (value < least) {
      least = value;
      best = range;
    }
  }
  return best;
}
