/** The size of a network described in TypeScript, found out by building it without constants, before any memory is taken. */
import { type GraphBuilder, graphBuilder } from '../graph/builder.ts';
import { checkSize, WeightBudget } from '../ir/size-limits.ts';
import type { ParameterSource } from './parameter-source.ts';

const SMALLER = 'lower the width, the resolution, the classes or the channels of the blocks';
const NONE = new Float32Array();

/** Counts constants and hands out none; too many of them are refused. */
function countedParameters(): ParameterSource {
  const budget = new WeightBudget(SMALLER);
  const reserve = (layer: string, elements: number): Float32Array => {
    budget.reserve(elements, { layer });
    return NONE;
  };
  return {
    origin: 'seeded',
    convolution: (module, { outputChannels, kernel, inputChannels }) =>
      reserve(module, outputChannels * kernel[0] * kernel[1] * inputChannels),
    depthwise: (module, kernel, channels) => reserve(module, kernel[0] * kernel[1] * channels),
    batchNorm(module, channels) {
      reserve(module, 4 * channels);
      return { gamma: NONE, beta: NONE, mean: NONE, variance: NONE };
    },
    linear: (module, outputs, inputs) => ({ weights: reserve(module, outputs * (inputs + 1)), bias: NONE }),
    finish: () => undefined,
  };
}

/** A builder that refuses maps beyond the limit. */
function sizedBuilder(): GraphBuilder {
  const builder = graphBuilder('sizes', 'seeded');
  return {
    ...builder,
    input(layer, shape) {
      checkSize(shape, { layer }, SMALLER);
      return builder.input(layer, shape);
    },
    add(kind, layer, ...rest) {
      const output = builder.add(kind, layer, ...rest);
      checkSize(builder.shapeOf(output), { layer }, SMALLER);
      return output;
    },
  };
}

/** @throws SnugError `unsupportedModel` where the maps or the weights that `assemble` asks for are beyond all measure */
export function checkNetworkSize(assemble: (builder: GraphBuilder, source: ParameterSource) => void): void {
  assemble(sizedBuilder(), countedParameters());
}
