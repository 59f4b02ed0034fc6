/** Networks whose constants do not matter: for shapes, work, memory and rewriting. */
import type { Graph } from '../../src/graph/graph.ts';
import type { ParameterSource } from '../../src/models/parameter-source.ts';
import { rangeOf } from '../../src/numerics/statistics.ts';
import { applyStatistics } from '../../src/passes/calibrate.ts';
import { foldGraph } from '../../src/passes/index.ts';
import { quantize } from '../../src/passes/quantize.ts';

const zeros = (length: number): Float32Array => new Float32Array(length);

/** Zero weights and the identity as BatchNorm; much faster than seeded ones at full width. */
export function zeroParameters(): ParameterSource {
  return {
    origin: 'seeded',
    convolution: (_module, { outputChannels, kernel, inputChannels }) =>
      zeros(outputChannels * kernel[0] * kernel[1] * inputChannels),
    depthwise: (_module, kernel, channels) => zeros(kernel[0] * kernel[1] * channels),
    batchNorm: (_module, channels) => ({
      gamma: zeros(channels).fill(1),
      beta: zeros(channels),
      mean: zeros(channels),
      variance: zeros(channels).fill(1),
    }),
    linear: (_module, outputs, inputs) => ({ weights: zeros(outputs * inputs), bias: zeros(outputs) }),
    finish: () => undefined,
  };
}

/** Quantizes as if calibration had seen [−1, 1] everywhere. */
export function quantizePlainly(graph: Graph<'float'>, softmax = false): Graph<'quantized'> {
  const folded = foldGraph(graph, { softmax });
  const statistics = folded.tensors.map(() => ({ range: rangeOf([-1, 1]), histogram: null }));
  return quantize(applyStatistics(folded, statistics, { kind: 'minmax' }), { inputRange: null });
}
