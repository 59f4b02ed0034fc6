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
export const preprocessDoubtful: DiagnosticConstructor<{ problem: string; fix: string }> = define(
  'SNUG405',
  'answer',
  d => d.problem,
  d => `${d.fix}; or leave out --strict to go on with a warning`,
);
/** Names that one message may list; the table of `snug quantize` has them all. */
const NAMED_LAYERS = 5;

export const outputTooNoisy: DiagnosticConstructor<{
  /** The worst first. */
  layers: readonly { readonly name: string; readonly sqnrDb: number }[];
  least: number;
}> = define(
  'SNUG404',
  'answer',
  ({ layers, least }) => {
    const named = layers.slice(0, NAMED_LAYERS).map(({ name, sqnrDb }) => `${name} (${sqnrDb.toFixed(2)} dB)`);
    const more = layers.length > NAMED_LAYERS ? `, and ${layers.length - NAMED_LAYERS} more` : '';
    const [whose, have] =
      layers.length === 1 ? ['the output of 1 layer', 'has'] : [`the outputs of ${layers.length} layers`, 'have'];
    return `${whose} ${have} an SQNR below ${least} dB: ${named.join(', ')}${more}`;
  },
  () =>
    'try --quantize best, or calibrate with more and more typical pictures (--images, --samples); snug quantize shows what each layer and each pass does; or lower --min-sqnr (quantize.minSqnr)',
);
