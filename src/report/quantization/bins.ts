/** Histograms of activations read as parts of a line: what lies beyond bounds, and bins of equal width for pictures. */
import type { Histogram } from '../../numerics/histogram.ts';
import type { Range } from '../../numerics/statistics.ts';

/** `count` values spread over [low, high]; both ends are the same for values that are exactly 0. */
interface Span {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** The bins that hold something, without what lies outside of the range that was seen. */
function spansOf(histogram: Histogram, seen: Range): readonly Span[] {
  const view = new DataView(new ArrayBuffer(4));
  const edge = (bin: number, rest: number): number => {
    view.setUint32(0, ((bin << 16) | rest) >>> 0);
    return view.getFloat32(0);
  };
  const inside = (value: number): number => Math.min(seen.max, Math.max(seen.min, value));
  const spans: Span[] = [];
  histogram.forEach((count, bin) => {
    if (count === 0) return;
    // The first bin of each sign holds 0 and what is too small to matter.
    const [a, b] = (bin & 0x7fff) === 0 ? [0, 0] : [edge(bin, 0), edge(bin, 0xffff)];
    if (Number.isFinite(a) && Number.isFinite(b)) {
      spans.push({ low: inside(Math.min(a, b)), high: inside(Math.max(a, b)), count });
    }
  });
  return spans;
}

/** Part of a span that lies within bounds. */
function partWithin({ low, high }: Span, { min, max }: Range): number {
  if (high === low) return low >= min && low <= max ? 1 : 0;
  return Math.max(0, Math.min(high, max) - Math.max(low, min)) / (high - low);
}

/**
 * Part of the values beyond bounds, from 0 to 1; null of an empty histogram.
 * @param seen the least and the greatest value, which are exact where bins are not
 */
export function partOutside(histogram: Histogram, seen: Range, bounds: Range): number | null {
  let [total, outside] = [0, 0];
  for (const span of spansOf(histogram, seen)) {
    total += span.count;
    outside += span.count * (1 - partWithin(span, bounds));
  }
  return total === 0 ? null : outside / total;
}

/** Counts in bins of equal width over `over`; a bin that is wider than one of these is shared out. */
export function linearBins(histogram: Histogram, seen: Range, over: Range, bins: number): Float64Array {
  const counts = new Float64Array(bins);
  const width = (over.max - over.min) / bins;
  if (!(width > 0)) return counts;
  const binOf = (value: number): number => Math.min(bins - 1, Math.max(0, Math.floor((value - over.min) / width)));
  for (const span of spansOf(histogram, seen)) {
    const [first, last] = [binOf(span.low), binOf(span.high)];
    if (first === last) counts[first]! += span.count;
    else {
      for (let bin = first; bin <= last; bin += 1) {
        const part = { min: over.min + bin * width, max: over.min + (bin + 1) * width };
        counts[bin]! += span.count * partWithin(span, part);
      }
    }
  }
  return counts;
}
