/** 4xx: calibration and quantization. */
import { type DiagnosticConstructor, define } from '../diagnostic.ts';

export const accumulatorOverflow: DiagnosticConstructor<{ channel: number; bound: number }> = define(
  'SNUG401',
  'usage',
  d => `the int32 accumulator of output channel ${d.channel} can reach ${d.bound.toExponential(3)}, beyond 2^31`,
  () =>
    'the layer sums too many products or its weights are out of proportion; split the layer or retrain with weight decay',
);
export const rescaleOutOfRange: DiagnosticConstructor<{ factor: number }> = define(
  'SNUG402',
  'usage',
  d => `the rescaling factor ${d.factor.toExponential(3)} cannot be represented in fixed point`,
  () => 'the output range is far smaller than the input range allows; calibrate with more typical pictures',
);
export const rangeMissing: DiagnosticConstructor<Record<never, never>> = define(
  'SNUG403',
  'usage',
  () => 'calibration saw no finite value for this tensor',
  () => 'check the preprocessing (mean, standard deviation) and the weights',
);
