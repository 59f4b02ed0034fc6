/** Weights in the layouts of PyTorch and MXNet: convolutions [O, I, kh, kw], depthwise ones [C, 1, kh, kw]. */
import { depthwiseFromTorch, filtersFromTorch } from '../../weight-layout.ts';
import type { StateDict } from '../state-dict.ts';
import type { Constants } from './scheme.ts';

/** Names of BatchNorm's four tensors behind that of the module. */
interface NormNames {
  readonly gamma: string;
  readonly beta: string;
  readonly mean: string;
  readonly variance: string;
}

/** PyTorch's. */
export const TORCH_NORM: NormNames = {
  gamma: '.weight',
  beta: '.bias',
  mean: '.running_mean',
  variance: '.running_var',
};

/** How a scheme names the modules, by torchvision's names of them. */
interface ModuleNames {
  /** Name of the weights of a convolution. */
  weights(module: string): string;
  /** Name of a BatchNorm without the endings. */
  norm(module: string): string;
  readonly endings: NormNames;
}

/** Everything but the classifier. */
export function channelsFirst(dict: StateDict, names: ModuleNames): Omit<Constants, 'linear'> {
  return {
    convolution(module, { outputChannels, kernel, inputChannels }) {
      const shape = [outputChannels, inputChannels, ...kernel] as const;
      return filtersFromTorch(dict.take(names.weights(module), shape), shape);
    },
    depthwise(module, kernel, channels) {
      const shape = [channels, 1, ...kernel] as const;
      return depthwiseFromTorch(dict.take(names.weights(module), shape), shape);
    },
    batchNorm(module, channels) {
      const { gamma, beta, mean, variance } = names.endings;
      const take = (ending: string): Float32Array => dict.take(names.norm(module) + ending, [channels]);
      return { gamma: take(gamma), beta: take(beta), mean: take(mean), variance: take(variance) };
    },
  };
}
