/** Names of GluonCV's and MXNet's MobileNetV2 (`gluoncv/model_zoo/mobilenet.py`), as the ONNX model zoo has it too. */
import { channelsFirst } from './channels-first.ts';
import { placeOf } from './module-place.ts';
import type { NamingScheme } from './scheme.ts';

const ENDINGS = { gamma: '_gamma', beta: '_beta', mean: '_running_mean', variance: '_running_var' } as const;
const PLACES = ['expand', 'depthwise', 'project'] as const;
const FIRST_BLOCK = 'features_linearbottleneck0_conv2_weight';
const CLASSIFIER = 'output_pred_weight';

/** Every block expands, the first one by 1: three convolutions each, counted from 0, as blocks are. */
export const gluon: NamingScheme = {
  name: 'GluonCV',
  signature: 'features_conv0_weight',
  example: 'features_linearbottleneck0_conv0_weight',
  conventions: names => ({
    padding: 'symmetric',
    epsilon: 1e-5,
    // `int(channels * multiplier)`.
    channelDivisor: 1,
    unitExpansion: names.has(FIRST_BLOCK),
  }),
  constants(dict, names) {
    const nameOf = (module: string, kind: 'conv' | 'batchnorm'): string => {
      const place = placeOf(module, block => block > 1 || names.has(FIRST_BLOCK));
      if (place.part === 'stem') return `features_${kind}0`;
      if (place.part === 'head') return `features_${kind}1`;
      return `features_linearbottleneck${place.block - 1}_${kind}${PLACES.indexOf(place.part)}`;
    };
    return {
      ...channelsFirst(dict, {
        weights: module => `${nameOf(module, 'conv')}_weight`,
        norm: module => nameOf(module, 'batchnorm'),
        endings: ENDINGS,
      }),
      // A pointwise convolution without bias, over a map of 1 × 1.
      linear: (_module, outputs, inputs) => ({
        weights: dict.take(CLASSIFIER, [outputs, inputs, 1, 1]),
        bias: new Float32Array(outputs),
      }),
    };
  },
};
