/** Runs one operator by itself, as the interpreters would. Outputs start out as rubbish, so that a gap shows. */
import { type Quantization, quantizationForRange, quantizeArray } from '../../src/ir/quantization.ts';
import { elementsOf, type Shape } from '../../src/ir/shape.ts';
import { type Random, seededRandom } from '../../src/numerics/random.ts';
import { rangeOf } from '../../src/numerics/statistics.ts';
import { type FoldedKind, floatOperator, foldedOperator, type OpKind, type OpTypes } from '../../src/ops/index.ts';
import type { FloatTensor, Int8Tensor } from '../../src/ops/operator.ts';

export interface Application<K extends OpKind> {
  readonly kind: K;
  readonly attributes: OpTypes[K]['attributes'];
  readonly parameters: OpTypes[K]['float'];
  readonly inputs: readonly FloatTensor[];
}

export interface QuantizedApplication<K extends FoldedKind> {
  readonly parameters: OpTypes[K]['quantized'];
  readonly inputs: readonly Int8Tensor[];
  readonly output: Int8Tensor;
}

export const LAYER = { layer: 'tested' } as const;

export function normals(shape: Shape, seed: number | Random, deviation = 1): FloatTensor {
  const random = typeof seed === 'number' ? seededRandom(seed) : seed;
  return { shape, data: Float32Array.from({ length: elementsOf(shape) }, () => deviation * random.normal()) };
}

function shapeOf<K extends OpKind>({ kind, attributes, inputs }: Omit<Application<K>, 'parameters'>): Shape {
  return floatOperator(kind).outputShape(
    attributes,
    inputs.map(input => input.shape),
    LAYER,
  );
}

export function applyFloat<K extends OpKind>(application: Application<K>): FloatTensor {
  const { kind, attributes, parameters, inputs } = application;
  const shape = shapeOf(application);
  const output = { shape, data: new Float32Array(elementsOf(shape)).fill(Number.NaN) };
  floatOperator(kind).runFloat({ attributes, parameters, inputs, output });
  return output;
}

/** Quantizes inputs over their own ranges and the output over that of `float`, or as the operator's rule says. */
export function applyInt8<K extends FoldedKind>(
  application: Application<K>,
  float: FloatTensor = applyFloat(application),
): QuantizedApplication<K> {
  const { kind, attributes } = application;
  const operator = foldedOperator(kind);
  const inputs = application.inputs.map(({ shape, data }): Int8Tensor => {
    const quantization = quantizationForRange(rangeOf(data));
    return { shape, quantization, data: quantizeArray(data, quantization) };
  });
  const rule = operator.outputRange;
  const quantization: Quantization =
    rule === 'calibrated'
      ? quantizationForRange(rangeOf(float.data))
      : rule === 'same-as-input'
        ? inputs[0]!.quantization
        : rule;
  const output = { shape: float.shape, quantization, data: new Int8Array(float.data.length).fill(77) };
  const parameters = operator.quantize({
    attributes,
    parameters: application.parameters,
    inputs,
    output,
    origin: LAYER,
  });
  operator.runInt8({ attributes, parameters, inputs, output });
  return { parameters, inputs, output };
}

/** The largest |a − b| of two tensors of one length. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  let largest = 0;
  for (let i = 0; i < a.length; i += 1) {
    const difference = Math.abs(a[i]! - b[i]!);
    // NaN is a difference too.
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
