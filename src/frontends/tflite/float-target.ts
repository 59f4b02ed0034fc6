/** A float graph: weights of float32 and float16 are taken as they are, int8 and uint8 ones are dequantized. */
import { graphBuilder } from '../../graph/builder.ts';
import type { OpKind, OpTypes } from '../../ops/index.ts';
import { refuseFile } from './flatbuffer.ts';
import type { Notes } from './notes.ts';
import type { Target } from './target.ts';
import type { FileTensor } from './tensors.ts';
import { floatsOf } from './values.ts';

/** Begins an empty float graph. */
export function floatTarget(name: string, file: string, notes: Notes): Target {
  const builder = graphBuilder(name, 'file');
  const floats = (tensor: FileTensor): Float32Array => {
    if (tensor.type === 'INT8' || tensor.type === 'UINT8') notes.dequantized += 1;
    return (
      floatsOf(tensor) ??
      refuseFile(`its values are of type ${tensor.type} without a scale, and weights must be real numbers`, {
        file,
        tensor: tensor.name,
      })
    );
  };
  return {
    float: true,
    shapeOf: id => builder.shapeOf(id),
    input: (input, shape) => builder.input(input, shape),
    plain: (kind, { name: layer, inputs, origin }, attributes) =>
      // None of these operators has constants, which the type of one kind among several does not show.
      builder.add<OpKind>(kind, layer, inputs, attributes, {} as OpTypes[OpKind]['float'], origin),
    weighted(kind, { name: layer, inputs, origin }, attributes, constants) {
      const weights = floats(constants.weights);
      const channels = constants.weights.shape[kind === 'depthwiseConv2d' ? 3 : 0]!;
      const bias = constants.bias === null ? new Float32Array(channels) : floats(constants.bias);
      return builder.add<OpKind>(kind, layer, inputs, attributes, { weights, bias }, origin);
    },
    rescale: ({ inputs }) => inputs[0]!,
    affine({ name: layer, inputs, origin }, gamma, beta) {
      const [mean, variance] = [new Float32Array(gamma.length), new Float32Array(gamma.length).fill(1)];
      return builder.add('batchNorm', layer, inputs, { epsilon: 0 }, { gamma, beta, mean, variance }, origin);
    },
    finish: output => builder.finish(output),
  };
}
