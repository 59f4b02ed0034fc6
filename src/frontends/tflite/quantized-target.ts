/**
 * A quantized graph with the file's own integers and scales. Where TensorFlow Lite derives a number in float32 or rounds in a
 * way of its own, this file does the same, so that results are those of its reference kernels.
 */
import { unsupportedModel } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import { quantizedGraphBuilder } from '../../graph/quantized-builder.ts';
import { INT8_MAX, INT8_MIN, type Int8Clamp, type Quantization, type RealClamp } from '../../ir/quantization.ts';
import { clamp, quantizeMultiplier, roundAwayFromZero } from '../../numerics/fixed-point.ts';
import { convolutionOfIntegers, type QuantizedConvolution } from '../../ops/convolution-quantization.ts';
import { type FoldedKind, foldedOperator, type OpTypes } from '../../ops/index.ts';
import type { Operator, OpSpec, TensorInfo } from '../../ops/operator.ts';
import { refuseFile } from './flatbuffer.ts';
import type { Notes } from './notes.ts';
import { symmetricWeights } from './symmetric-weights.ts';
import type { LayerPlace, Target, WeightedKind } from './target.ts';
import type { FileTensor } from './tensors.ts';
import { activationQuantization } from './values.ts';

/** `CalculateActivationRangeQuantized`: a float32 quotient, rounded with ties away from zero. */
function fusedClamp(activation: RealClamp | null, { scale, zeroPoint }: Quantization): Int8Clamp {
  const bound = (value: number): number => {
    if (Math.abs(value) === Infinity) return value > 0 ? INT8_MAX : INT8_MIN;
    return clamp(roundAwayFromZero(Math.fround(value / scale)) + zeroPoint, INT8_MIN, INT8_MAX);
  };
  return { min: bound(activation?.min ?? -Infinity), max: bound(activation?.max ?? Infinity) };
}

/** One factor for all channels from a product of scales in float32: `GetQuantizedConvolutionMultipler`. */
function withOneFactor(parameters: QuantizedConvolution, input: TensorInfo, output: TensorInfo): QuantizedConvolution {
  const product = Math.fround(input.quantization.scale * parameters.weightScales[0]!);
  const { multiplier, shift } = quantizeMultiplier(product / output.quantization.scale);
  return {
    ...parameters,
    multipliers: parameters.multipliers.map(() => multiplier),
    shifts: parameters.shifts.map(() => shift),
  };
}

/** Kinds and types that TensorFlow Lite gives one factor even where convolutions of int8 have one for each channel. */
function hasOneFactor(kind: WeightedKind, { type, quantization }: FileTensor): boolean {
  return quantization?.scales.length === 1 && (kind === 'fullyConnected' || type === 'UINT8');
}

/** Begins an empty quantized graph. */
export function quantizedTarget(name: string, file: string, notes: Notes): Target {
  const builder = quantizedGraphBuilder(name);

  /** The quantization of a layer's output, which must be what its operator's rule makes of the input's. */
  const quantizationOf = (kind: FoldedKind, { inputs, output, origin }: LayerPlace): Quantization => {
    const given = builder.infoOf(inputs[0]!).quantization;
    const stated = output === null ? given : activationQuantization(output, file);
    const rule = foldedOperator(kind).outputRange;
    const due = rule === 'calibrated' ? stated : rule === 'same-as-input' ? given : rule;
    if (due.scale === stated.scale && due.zeroPoint === stated.zeroPoint) return due;
    const problem = `the output of ${kind} has scale ${stated.scale} and zero point ${stated.zeroPoint}; snug computes it with ${due.scale} and ${due.zeroPoint}`;
    throw new SnugError(
      unsupportedModel({ problem, fix: 'convert the model again with a current TensorFlow' }, origin),
    );
  };
  const add = <K extends FoldedKind>(
    kind: K,
    place: LayerPlace,
    attributes: OpTypes[K]['attributes'],
    parameters: (inputs: readonly TensorInfo[], output: TensorInfo) => OpTypes[K]['quantized'],
  ) => builder.add(kind, place.name, place.inputs, attributes, quantizationOf(kind, place), parameters, place.origin);

  return {
    float: false,
    shapeOf: id => builder.infoOf(id).shape,
    input: (input, shape, tensor) => builder.input(input, shape, activationQuantization(tensor, file)),
    plain(kind, place, attributes) {
      return add(kind, place, attributes, (inputs, output) => {
        // `kind` ties the attributes to the operator, and none of these kinds has constants.
        const operator = foldedOperator(kind) as unknown as Operator<OpSpec>;
        const quantized = operator.quantize({ attributes, parameters: {}, inputs, output, origin: place.origin });
        if (!('activation' in quantized)) return quantized as never;
        const activation =
          kind === 'clamp' ? (attributes as RealClamp) : (attributes as { activation: RealClamp }).activation;
        return { ...quantized, activation: fusedClamp(activation, output.quantization) } as never;
      });
    },
    weighted(kind, place, attributes, { weights, bias }) {
      const axis = kind === 'depthwiseConv2d' ? 'last' : 'first';
      const symmetric = symmetricWeights(weights, bias, axis);
      if (symmetric === null) {
        const types = `weights of ${weights.type}${bias === null ? '' : ` and a bias of ${bias.type}`}`;
        return refuseFile(`${types} do not have the scales or the bias that an int8 layer needs`, place.origin);
      }
      if (!symmetric.exact) notes.requantized += 1;
      return add(kind, place, attributes, ([input], output) => {
        const { activation } = attributes;
        const parameters = convolutionOfIntegers(symmetric, axis, activation, input!, output, place.origin);
        const clamped = { ...parameters, activation: fusedClamp(activation, output.quantization) };
        return hasOneFactor(kind, weights) && symmetric.exact ? withOneFactor(clamped, input!, output) : clamped;
      });
    },
    rescale(place, activation) {
      // A weight of 1 for each channel: requantize((in − zp_in) · 1, s_in / s_out), as TensorFlow Lite's Requantize computes.
      const channels = builder.infoOf(place.inputs[0]!).shape.at(-1)!;
      const ones = {
        weights: new Int8Array(channels).fill(1),
        weightScales: new Float64Array(channels).fill(1),
        bias: new Int32Array(channels),
      };
      const attributes = { kernel: [1, 1], stride: [1, 1], padding: 'valid', multiplier: 1, activation } as const;
      return add('depthwiseConv2d', place, attributes, ([input], output) => ({
        ...convolutionOfIntegers(ones, 'last', activation, input!, output, place.origin),
        activation: fusedClamp(activation, output.quantization),
      }));
    },
    affine() {
      throw new Error('integers are not scaled by real numbers');
    },
    finish: output => builder.finish(output),
  };
}
