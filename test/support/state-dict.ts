/** Weights as torchvision would save them, for a network that snug builds. */
import { type TensorToWrite, writeSafetensors } from '../../src/formats/safetensors.ts';
import { type MobilenetV2Options, mobilenetV2 } from '../../src/models/mobilenet-v2.ts';
import { type ParameterSource, seededParameters } from '../../src/models/parameter-source.ts';

export type StateDict = Map<string, { shape: readonly number[]; data: Float32Array }>;

/** [outer, taps, inner] to [outer, inner, taps]: the way from snug's layouts to PyTorch's. */
function tapsLast(values: Float32Array, taps: number, inner: number): Float32Array {
  const result = new Float32Array(values.length);
  values.forEach((value, i) => {
    const [o, t, c] = [Math.floor(i / (taps * inner)), Math.floor(i / inner) % taps, i % inner];
    result[(o * inner + c) * taps + t] = value;
  });
  return result;
}

/** The names, layouts and seeded values of every tensor that the network takes. */
export function stateDictOf(options: MobilenetV2Options): StateDict {
  const tensors: StateDict = new Map();
  const seeded = seededParameters(7);
  const recording: ParameterSource = {
    origin: 'seeded',
    convolution(module, shape) {
      const { outputChannels, kernel, inputChannels } = shape;
      const data = seeded.convolution(module, shape);
      const stored = tapsLast(data, kernel[0] * kernel[1], inputChannels);
      tensors.set(`${module}.weight`, { shape: [outputChannels, inputChannels, ...kernel], data: stored });
      return data;
    },
    depthwise(module, kernel, channels) {
      const data = seeded.depthwise(module, kernel, channels);
      const stored = tapsLast(data, kernel[0] * kernel[1], channels);
      tensors.set(`${module}.weight`, { shape: [channels, 1, ...kernel], data: stored });
      return data;
    },
    batchNorm(module, channels) {
      const values = seeded.batchNorm(module, channels);
      tensors.set(`${module}.weight`, { shape: [channels], data: values.gamma });
      tensors.set(`${module}.bias`, { shape: [channels], data: values.beta });
      tensors.set(`${module}.running_mean`, { shape: [channels], data: values.mean });
      tensors.set(`${module}.running_var`, { shape: [channels], data: values.variance });
      return values;
    },
    linear(module, outputs, inputs) {
      const values = seeded.linear(module, outputs, inputs);
      tensors.set(`${module}.weight`, { shape: [outputs, inputs], data: values.weights });
      tensors.set(`${module}.bias`, { shape: [outputs], data: values.bias });
      return values;
    },
    finish: () => undefined,
  };
  mobilenetV2(options, recording);
  return tensors;
}

export function stateDictFile(tensors: ReadonlyMap<string, TensorToWrite>): Uint8Array {
  return writeSafetensors(tensors);
}
