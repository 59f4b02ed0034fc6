/**
 * Where the constants of a network described in TypeScript come from: a weight file, or a seeded generator for planning
 * and tests. Names are those of PyTorch state dicts; layouts are already snug's.
 */
import type { WeightsOrigin } from '../graph/graph.ts';
import { type Random, seededRandom } from '../numerics/random.ts';
import type { BatchNorm } from '../ops/batch-norm.ts';

/** Sizes of ungrouped weights, which the source gives as OHWI. */
export interface ConvolutionShape {
  readonly outputChannels: number;
  readonly kernel: readonly [height: number, width: number];
  readonly inputChannels: number;
}

/** What frameworks do differently and no weight shows: a wrong one costs accuracy, and nothing complains. */
export interface FrameworkConventions {
  /** `same`: TensorFlow's padding; `symmetric`: PyTorch's. */
  readonly padding: 'same' | 'symmetric';
  /** BatchNorm's epsilon. */
  readonly epsilon: number;
  /** 8: round channels to multiples of 8 as the reference implementations do; 1: int(c · width), the literal reading. */
  readonly channelDivisor: 1 | 8;
  /** Whether a block of expansion 1 has an expanding convolution all the same, as GluonCV's network has. */
  readonly unitExpansion: boolean;
}

/** Hands out constants by the name of the module that has them in the state dict. */
export interface ParameterSource {
  readonly origin: WeightsOrigin;
  /** The library whose names the constants have in the file. */
  readonly library?: string;
  /** The conventions of the framework that the constants come from; they hold where the user gives no others. */
  readonly conventions?: Partial<FrameworkConventions>;
  /** Sentences without a full stop: what the user should know of how the file was read. */
  readonly notes?: readonly string[];
  /** Weights of `<module>.weight`, OHWI. */
  convolution(module: string, shape: ConvolutionShape): Float32Array;
  /** Weights of a depthwise `<module>.weight`, 1HWC. */
  depthwise(module: string, kernel: readonly [number, number], channels: number): Float32Array;
  /** `weight`, `bias`, `running_mean` and `running_var`, one value for each channel. */
  batchNorm(module: string, channels: number): BatchNorm['float'];
  /** `<module>.weight` [outputs, inputs] and `<module>.bias`. */
  linear(
    module: string,
    outputs: number,
    inputs: number,
  ): { readonly weights: Float32Array; readonly bias: Float32Array };
  /** Called when the network is complete: refuses what was missing, misshapen or left over, tensor by tensor. */
  finish(): void;
}

/** Zeros, and the identity as BatchNorm: for plans, which depend on sizes alone. Layers of one size share them. */
export function blankParameters(): ParameterSource {
  const known = new Map<number, Float32Array>();
  const zeros = (length: number): Float32Array => {
    const shared = known.get(length) ?? new Float32Array(length);
    known.set(length, shared);
    return shared;
  };
  return {
    origin: 'seeded',
    convolution: (_module, { outputChannels, kernel, inputChannels }) =>
      zeros(outputChannels * kernel[0] * kernel[1] * inputChannels),
    depthwise: (_module, kernel, channels) => zeros(kernel[0] * kernel[1] * channels),
    batchNorm: (_module, channels) => ({
      gamma: new Float32Array(channels).fill(1),
      beta: zeros(channels),
      mean: zeros(channels),
      variance: new Float32Array(channels).fill(1),
    }),
    linear: (_module, outputs, inputs) => ({ weights: zeros(outputs * inputs), bias: zeros(outputs) }),
    finish: () => undefined,
  };
}

function normal(random: Random, length: number, deviation: number, mean = 0): Float32Array {
  return Float32Array.from({ length }, () => mean + deviation * random.normal());
}

/**
 * Weights with the variance of He et al. 2015 (2 / fan-in) and plausible BatchNorm statistics: activations keep their
 * order of magnitude through the network, so that plans and tests are realistic. They classify nothing.
 */
export function seededParameters(seed: number): ParameterSource {
  const random = seededRandom(seed);
  return {
    origin: 'seeded',
    convolution(_module, { outputChannels, kernel, inputChannels }) {
      const fanIn = kernel[0] * kernel[1] * inputChannels;
      return normal(random, outputChannels * fanIn, Math.sqrt(2 / fanIn));
    },
    depthwise: (_module, kernel, channels) =>
      normal(random, kernel[0] * kernel[1] * channels, Math.sqrt(2 / (kernel[0] * kernel[1]))),
    batchNorm: (_module, channels) => ({
      gamma: normal(random, channels, 0.1, 1),
      beta: normal(random, channels, 0.2),
      mean: normal(random, channels, 0.2),
      variance: Float32Array.from({ length: channels }, () => 0.5 + random.uniform()),
    }),
    linear: (_module, outputs, inputs) => ({
      weights: normal(random, outputs * inputs, Math.sqrt(1 / inputs)),
      bias: normal(random, outputs, 0.1),
    }),
    finish: () => undefined,
  };
}
