/** The registry of Keras layers: one line each, by class name. */
import type { LayerCall, Value } from '../call.ts';
import { activation, relu, softmax } from './activation.ts';
import { add, divide, multiply, rescaling, subtract } from './arithmetic.ts';
import { conv2d, dense, depthwiseConv2d, separableConv2d } from './convolution.ts';
import { batchNormalization, normalization } from './normalization.ts';
import { averagePooling, globalAveragePooling } from './pooling.ts';
import { flatten, reshape, zeroPadding } from './shapes.ts';

type Convert = (call: LayerCall) => Value;

/** Layers that do something in training only. */
const passes: Convert = call => call.value();

/** An operation of TensorFlow as Keras 2 wraps it: `function` names it. */
const tensorflowOperation: Convert = call => {
  const name = call.settings.string('function', '');
  const convert = tensorflowOperations.get(name);
  return convert === undefined ? call.refuse(`its function is ${name}`) : convert(call);
};

const tensorflowOperations: ReadonlyMap<string, Convert> = new Map([
  ['math.truediv', divide],
  ['math.divide', divide],
  ['math.subtract', subtract],
  ['math.multiply', multiply],
  ['math.add', add],
  ['__operators__.add', add],
]);

/** What converts each class of layer. */
export const layers: ReadonlyMap<string, Convert> = new Map<string, Convert>([
  ['Conv2D', conv2d],
  ['DepthwiseConv2D', depthwiseConv2d],
  ['SeparableConv2D', separableConv2d],
  ['Dense', dense],
  ['BatchNormalization', batchNormalization],
  ['Normalization', normalization],
  ['ReLU', relu],
  ['Activation', activation],
  ['Softmax', softmax],
  ['Add', add],
  ['AveragePooling2D', averagePooling],
  ['GlobalAveragePooling2D', globalAveragePooling],
  ['ZeroPadding2D', zeroPadding],
  ['Flatten', flatten],
  ['Reshape', reshape],
  ['Rescaling', rescaling],
  ['Subtract', subtract],
  ['Multiply', multiply],
  ['TrueDivide', divide],
  ['Divide', divide],
  ['TFOpLambda', tensorflowOperation],
  ['Dropout', passes],
  ['SpatialDropout2D', passes],
  ['AlphaDropout', passes],
  ['GaussianNoise', passes],
  ['GaussianDropout', passes],
  ['ActivityRegularization', passes],
  ['RandomFlip', passes],
  ['RandomRotation', passes],
  ['RandomZoom', passes],
  ['RandomTranslation', passes],
  ['RandomContrast', passes],
  ['RandomBrightness', passes],
]);
