/**
 * Turns the weights of a layer into int8: one scale for each output channel or one for all, each weight rounded to the
 * nearest step or so that the outputs change least, and a bias that takes the mean error away.
 */
import { smallestWeightScale } from '../../ops/convolution-quantization.ts';
import type { RoundedWeights } from '../../ops/operator.ts';
import { covarianceOf, type InputMoments, variancesOf } from '../statistics/input-moments.ts';
import { type Compensation, compensationFor, roundCompensated, roundNearest } from './round-row.ts';
import { groupOf, type RowLayout, rowsOf, storeRows, type WeightedNode } from './weighted.ts';

/** How weights become int8. */
export interface WeightOptions {
  /** One scale for each output channel, or one for the whole layer (as some accelerators demand). */
  readonly scales: 'channel' | 'tensor';
  /** `compensated` needs the products of the statistics and is as `nearest` without them. */
  readonly rounding: 'nearest' | 'compensated';
  /** Whether the bias makes up for the mean error of the weights; needs the means of the statistics. */
  readonly correctBias: boolean;
}

const WEIGHT_MAX = 127;
/** Parts of the largest weight that a scale may cover, where clipping a few weights lets the others be finer. */
const CLIPS = [1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7];

/** Σ variance · (rounded − weight)² of one row at a scale. */
function rowError(row: Float64Array, scale: number, variances: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < row.length; i += 1) {
    const steps = Math.min(WEIGHT_MAX, Math.max(-WEIGHT_MAX, Math.round(row[i]! / scale)));
    const error = steps * scale - row[i]!;
    sum += variances[i]! * error * error;
  }
  return sum;
}

interface Rows {
  readonly layout: RowLayout;
  readonly rows: Float64Array;
  readonly row: (output: number) => Float64Array;
}

/** The scale of each output: what covers its largest weight and lets its bias fit, or less where that has less error. */
function scalesOf(
  { layout, row }: Rows,
  bias: Float32Array,
  inputScale: number,
  moments: InputMoments | null,
  { scales, rounding }: WeightOptions,
): Float64Array {
  const search = rounding === 'compensated' && scales === 'channel' && moments?.products != null;
  const variances = search ? variancesOf(moments, layout.dimension) : null;
  const chosen = Float64Array.from({ length: layout.outputs }, (_, output) => {
    const values = row(output);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const least = smallestWeightScale(bias[output]!, inputScale);
    const covering = Math.max(largest / WEIGHT_MAX, least);
    if (variances === null || covering === 0) return covering;
    const group = groupOf(layout, output);
    const seen = variances.subarray(group * layout.dimension, (group + 1) * layout.dimension);
    const candidates = CLIPS.map(part => Math.max((part * largest) / WEIGHT_MAX, least));
    const errors = candidates.map(scale => rowError(values, scale, seen));
    return candidates[errors.indexOf(Math.min(...errors))]!;
  });
  const widest = chosen.reduce((most, scale) => Math.max(most, scale), 0);
  // A channel without weights and bias computes 0 under any scale.
  return chosen.map(scale => (scales === 'tensor' ? widest : scale) || 1);
}

function roundRows(
  { layout, rows, row }: Rows,
  scales: Float64Array,
  moments: InputMoments | null,
  { rounding }: WeightOptions,
): Int8Array {
  const { dimension, outputs } = layout;
  const rounded = new Int8Array(rows.length);
  let group = -1;
  let compensation: Compensation | null = null;
  for (let output = 0; output < outputs; output += 1) {
    if (rounding === 'compensated' && moments?.products != null && groupOf(layout, output) !== group) {
      group = groupOf(layout, output);
      compensation = compensationFor(covarianceOf(moments, dimension, group), dimension);
    }
    const into = rounded.subarray(output * dimension, (output + 1) * dimension);
    if (compensation === null) roundNearest(row(output), scales[output]!, into);
    else roundCompensated(row(output), scales[output]!, compensation, into);
  }
  return rounded;
}

/** bias[o] − Σ_i (rounded − weight)[o, i] · E[x_i]: the mean of every output is then that of the float network. */
function correctedBias(
  { layout, rows }: Rows,
  rounded: Int8Array,
  scales: Float64Array,
  bias: Float32Array,
  { count, sums }: InputMoments,
): Float32Array {
  const { dimension } = layout;
  return bias.map((value, output) => {
    const first = groupOf(layout, output) * dimension;
    let error = 0;
    for (let i = 0; i < dimension; i += 1) {
      const at = output * dimension + i;
      error += (rounded[at]! * scales[output]! - rows[at]!) * sums[first + i]!;
    }
    return value - error / count;
  });
}

/**
 * @param moments of the layer's input, null where none were gathered
 * @param inputScale of the layer's quantized input: the bias has inputScale · weightScale for its step
 */
export function roundWeights(
  node: WeightedNode,
  layout: RowLayout,
  moments: InputMoments | null,
  inputScale: number,
  options: WeightOptions,
): RoundedWeights {
  const { bias } = node.parameters;
  const all = rowsOf(node, layout);
  const { dimension } = layout;
  const rows: Rows = { layout, rows: all, row: o => all.subarray(o * dimension, (o + 1) * dimension) };
  const weightScales = scalesOf(rows, bias, inputScale, moments, options);
  const rounded = roundRows(rows, weightScales, moments, options);
  const known = options.correctBias && moments !== null && moments.count > 0;
  return {
    weights: storeRows(rounded, layout, new Int8Array(rounded.length)),
    weightScales,
    bias: known ? correctedBias(rows, rounded, weightScales, bias, moments) : bias,
  };
}
