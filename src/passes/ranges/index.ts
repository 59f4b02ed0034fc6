/** The ways to choose the range that int8 covers from what was seen of an activation, one line each. */
import { centralRange, type HistogramPoints, pointsOf } from '../../numerics/histogram.ts';
import type { Range } from '../../numerics/statistics.ts';
import type { TensorStatistics } from '../statistics/statistics.ts';
import { leastDivergence } from './entropy.ts';
import { leastSquaredError, squaredError } from './squared-error.ts';

/** The ways that choose a range by themselves. */
export type RangeChoice = 'minmax' | 'percentile' | 'mse' | 'entropy';

/**
 * `minmax` keeps every value; `percentile` keeps the central `coverage` of them (0.9999 keeps all but one in 10,000); `mse`
 * has the least squared error; `entropy` the least divergence of distributions; `auto` takes for each tensor the one of
 * these whose measured squared error is least.
 */
export type CalibrationMethod =
  | { readonly kind: 'minmax' }
  | { readonly kind: 'percentile'; readonly coverage: number }
  | { readonly kind: 'mse' }
  | { readonly kind: 'entropy' }
  | { readonly kind: 'auto' };

/** The kinds of `CalibrationMethod`. */
export const CALIBRATION_METHODS = ['minmax', 'percentile', 'mse', 'entropy', 'auto'] as const;

/** Part of the values that `percentile` keeps unless told otherwise, and as a candidate of `auto`. */
export const DEFAULT_COVERAGE = 0.99999;

/** A range with the way that chose it. */
export interface ChosenRange extends Range {
  readonly choice: RangeChoice;
}

/** Whether a method reads more than the least and the greatest value. */
export function needsHistograms({ kind }: CalibrationMethod): boolean {
  return kind !== 'minmax';
}

function percentile({ range, histogram }: TensorStatistics, coverage: number): Range {
  if (histogram === null) return range;
  const central = centralRange(histogram, coverage);
  // A bin is up to 1/128 wider than its values; nothing beyond what was seen is worth covering.
  return { min: Math.max(central.min, range.min), max: Math.min(central.max, range.max) };
}

const tagged = ({ min, max }: Range, choice: RangeChoice): ChosenRange => ({ min, max, choice });

function measured(seen: TensorStatistics, points: HistogramPoints): ChosenRange {
  const candidates = [
    tagged(leastSquaredError(points, seen.range), 'mse'),
    tagged(seen.range, 'minmax'),
    tagged(percentile(seen, DEFAULT_COVERAGE), 'percentile'),
    tagged(leastDivergence(points, seen.range), 'entropy'),
  ];
  const errors = candidates.map(candidate => squaredError(points, candidate));
  return candidates[errors.indexOf(Math.min(...errors))]!;
}

/** The range of one activation. Where no histogram was gathered, what was seen. */
export function chooseRange(seen: TensorStatistics, method: CalibrationMethod): ChosenRange {
  if (method.kind === 'minmax' || seen.histogram === null) return tagged(seen.range, 'minmax');
  if (method.kind === 'percentile') return tagged(percentile(seen, method.coverage), 'percentile');
  const points = pointsOf(seen.histogram);
  if (method.kind === 'mse') return tagged(leastSquaredError(points, seen.range), 'mse');
  if (method.kind === 'entropy') return tagged(leastDivergence(points, seen.range), 'entropy');
  return measured(seen, points);
}
