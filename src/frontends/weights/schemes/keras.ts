/** Names of keras.applications.MobileNetV2, `<layer>/<weight>`; layouts are TensorFlow's, channels last. */
import { outputsFirst } from '../../weight-layout.ts';
import type { StateDict } from '../state-dict.ts';
import { placeOf } from './module-place.ts';
import type { Constants, NamingScheme } from './scheme.ts';

/** The layers of a convolution and of its BatchNorm. */
function layersOf(module: string): readonly [convolution: string, norm: string] {
  const place = placeOf(module, block => block > 1);
  if (place.part === 'stem') return ['Conv1', 'bn_Conv1'];
  if (place.part === 'head') return ['Conv_1', 'Conv_1_bn'];
  const layer = `${place.block === 1 ? 'expanded_conv' : `block_${place.block - 1}`}_${place.part}`;
  return [layer, `${layer}_BN`];
}

const DENSE_KERNEL = /^(?:(.*)\/)?kernel$/;
const CONVOLUTION = /(?:^|\/)(?:Conv1|Conv_1|expanded_conv_\w+|block_\d+_\w+)$/;

/** Classifiers of one's own have any name: the one layer with a kernel that is none of the network's convolutions. */
function classifierOf(names: ReadonlySet<string>): string {
  const layers = [...names].flatMap(name => DENSE_KERNEL.exec(name)?.[1] ?? []);
  const own = layers.filter(layer => !CONVOLUTION.test(layer));
  return own.length === 1 ? own[0]! : 'predictions';
}

function constantsOf(dict: StateDict, names: ReadonlySet<string>): Constants {
  return {
    convolution(module, { outputChannels, kernel, inputChannels }) {
      const shape = [...kernel, inputChannels, outputChannels];
      return outputsFirst(dict.take(`${layersOf(module)[0]}/kernel`, shape), outputChannels);
    },
    depthwise(module, kernel, channels) {
      const [layer] = layersOf(module);
      // Keras 2 and tf.keras; Keras 3 says `kernel`.
      const named = names.has(`${layer}/depthwise_kernel`) ? 'depthwise_kernel' : 'kernel';
      // HWC1 is HWC.
      return dict.take(`${layer}/${named}`, [...kernel, channels, 1]);
    },
    batchNorm(module, channels) {
      const take = (weight: string): Float32Array => dict.take(`${layersOf(module)[1]}/${weight}`, [channels]);
      return { gamma: take('gamma'), beta: take('beta'), mean: take('moving_mean'), variance: take('moving_variance') };
    },
    linear(_module, outputs, inputs) {
      const layer = classifierOf(names);
      return {
        weights: outputsFirst(dict.take(`${layer}/kernel`, [inputs, outputs]), outputs),
        bias: dict.take(`${layer}/bias`, [outputs]),
      };
    },
  };
}

/** Source: `keras/src/applications/mobilenet_v2.py`, which gives BatchNorm an epsilon of its own. */
export const keras: NamingScheme = {
  name: 'keras.applications',
  signature: 'bn_Conv1/gamma',
  example: 'expanded_conv_depthwise/kernel',
  conventions: () => ({ padding: 'same', epsilon: 1e-3 }),
  constants: constantsOf,
};
