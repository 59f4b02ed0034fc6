/**
 * The range of least mean squared error: what rounding costs inside it and clipping outside, measured over a histogram
 * (Nagel et al. 2021, "A White Paper on Neural Network Quantization", section 3.1).
 */
import { quantizationForRange } from '../../ir/quantization.ts';
import type { HistogramPoints } from '../../numerics/histogram.ts';
import type { Range } from '../../numerics/statistics.ts';

/** Steps in which each end of a range is moved inwards; 64 leave less than 2 % of it between them. */
const STEPS = 64;
/** The two ends are searched in turn; they settle after two rounds. */
const ROUNDS = 3;
const INT8_STEPS = 255;

/** Σ (quantized − value)² over all values; 0 is exact by construction, others are spread evenly over a step. */
export function squaredError({ values, counts }: HistogramPoints, range: Range): number {
  const { scale, zeroPoint } = quantizationForRange(range);
  const low = scale * (-128 - zeroPoint);
  const high = low + scale * INT8_STEPS;
  const rounding = (scale * scale) / 12;
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    if (value === 0) continue;
    const beyond = value < low ? low - value : value - high;
    // Half a step beyond the end still rounds to it as any value does.
    sum += counts[i]! * (beyond > scale / 2 ? beyond * beyond : rounding);
  }
  return sum;
}

/** Moves each end of what was seen inwards in turn as long as the error falls. */
export function leastSquaredError(points: HistogramPoints, seen: Range): Range {
  let best = seen;
  let least = squaredError(points, seen);
  const consider = (range: Range): void => {
    const error = squaredError(points, range);
    if (error >= least) return;
    least = error;
    best = range;
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let step = 0; step < STEPS; step += 1) {
      const part = 1 - step / STEPS;
      if (seen.max > 0) consider({ min: best.min, max: seen.max * part });
      if (seen.min < 0) consider({ min: seen.min * part, max: best.max });
    }
  }
  return best;
}
