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

/** ∫ (u − round(u))² du from 0 to `t`: 1/12 for every whole step, and what the rest adds. */
function roundingIntegral(t: number): number {
  const whole = Math.floor(t + 0.5);
  const rest = t - whole;
  return whole / 12 + (rest * rest * rest) / 3;
}

/**
 * Σ (quantized − value)² over all values, those of a bin being spread evenly over it. Where bins are much narrower than a
 * step, as about 0, this tells values that lie on a step from those between two; 0 itself is exact by construction.
 */
export function squaredError({ values, halfWidths, counts }: HistogramPoints, range: Range): number {
  const { scale, zeroPoint } = quantizationForRange(range);
  const low = scale * (-128 - zeroPoint);
  const high = low + scale * INT8_STEPS;
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    if (value === 0) continue;
    const beyond = value < low ? low - value : value - high;
    // Up to half a step beyond the end values are rounded to it, not clipped.
    if (beyond > scale / 2) {
      sum += counts[i]! * beyond * beyond;
    } else {
      const [center, half] = [value / scale, halfWidths[i]! / scale];
      const mean = (roundingIntegral(center + half) - roundingIntegral(center - half)) / (2 * half);
      sum += counts[i]! * mean * scale * scale;
    }
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
  let before = Infinity;
  for (let round = 0; round < ROUNDS && least < before; round += 1) {
    before = least;
    for (let step = 0; step < STEPS; step += 1) {
      const part = 1 - step / STEPS;
      if (seen.max > 0) consider({ min: best.min, max: seen.max * part });
      if (seen.min < 0) consider({ min: seen.min * part, max: best.max });
    }
  }
  return best;
}
