/**
 * Gives every activation the range that quantization will cover, from statistics gathered by running the float network
 * over sample inputs. Statistics add up in any order, so that pictures may be shared out over workers.
 */
import { rangeMissing } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import type { Graph } from '../graph/graph.ts';
import { addHistogram, centralRange, countInto, emptyHistogram, type Histogram } from '../numerics/histogram.ts';
import { type Range, rangeOf, unionOf } from '../numerics/statistics.ts';

/** `minmax` keeps every value; `percentile` keeps the central `coverage` of them (0.9999 keeps all but one in 10,000). */
export type CalibrationMethod =
  | { readonly kind: 'minmax' }
  | { readonly kind: 'percentile'; readonly coverage: number };

/** What was seen of one activation. */
export interface TensorStatistics {
  readonly range: Range;
  /** Null where the method needs ranges only. */
  readonly histogram: Histogram | null;
}

/** Indexed by tensor id. */
export type Statistics = readonly TensorStatistics[];

/** Gathers statistics of the tensors of one network. */
export class StatisticsCollector {
  readonly #ranges: Range[];
  readonly #histograms: (Histogram | null)[];

  constructor(tensors: number, method: CalibrationMethod) {
    this.#ranges = Array.from({ length: tensors }, () => ({ min: Infinity, max: -Infinity }));
    this.#histograms = Array.from({ length: tensors }, () => (method.kind === 'percentile' ? emptyHistogram() : null));
  }

  /** Counts the values of one activation in; `tensor` is its id. */
  observe(tensor: number, values: Float32Array): void {
    this.#ranges[tensor] = unionOf(this.#ranges[tensor]!, rangeOf(values));
    const histogram = this.#histograms[tensor];
    if (histogram) countInto(histogram, values);
  }

  /** Counts in what another collector of the same network and method has seen. */
  add(other: Statistics): void {
    other.forEach(({ range, histogram }, tensor) => {
      this.#ranges[tensor] = unionOf(this.#ranges[tensor]!, range);
      const own = this.#histograms[tensor];
      if (own && histogram) addHistogram(own, histogram);
    });
  }

  result(): Statistics {
    return this.#ranges.map((range, tensor) => ({ range, histogram: this.#histograms[tensor] ?? null }));
  }
}

function chosenRange({ range, histogram }: TensorStatistics, method: CalibrationMethod): Range {
  if (method.kind === 'minmax' || histogram === null) return range;
  const central = centralRange(histogram, method.coverage);
  // A bin is up to 1/128 wider than its values; nothing beyond what was seen is worth covering.
  return { min: Math.max(central.min, range.min), max: Math.min(central.max, range.max) };
}

/**
 * Gives every tensor the range that `method` chooses; for `percentile` it is cut to what was seen.
 * @throws SnugError `rangeMissing` where a tensor was never seen, or not with finite values
 */
export function applyStatistics(
  graph: Graph<'folded'>,
  statistics: Statistics,
  method: CalibrationMethod,
): Graph<'calibrated'> {
  const tensors = graph.tensors.map(tensor => {
    const seen = statistics[tensor.id];
    if (seen === undefined || !Number.isFinite(seen.range.min) || !Number.isFinite(seen.range.max)) {
      throw new SnugError(rangeMissing({}, { tensor: tensor.name }));
    }
    return { ...tensor, range: chosenRange(seen, method) };
  });
  return { ...graph, stage: 'calibrated', tensors };
}
