/** Constants of an ONNX graph: initializers, `Constant` nodes and what is computed from them. */
import { unsupportedModel } from '../../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../../diagnostics/diagnostic.ts';
import { bfloatToNumber, decodeFloats, type FloatType, halfToNumber } from '../../formats/float-tensor.ts';
import { elementsOf, formatShape, type Shape } from '../../ir/shape.ts';
import { refuseFile } from './decode.ts';
import { type RawTensor, toNumber } from './schema.ts';

/** Networks have maps of rank 4; a few more leave room for what exporters do with shapes. */
export const MAX_RANK: number = 8;

/** Values in ONNX's order, the last dimension changing fastest. Floats of every width are float32 here. */
export interface Constant {
  readonly kind: 'constant';
  readonly shape: Shape;
  /** Integers (indices, shapes) are kept as doubles, which are exact up to 2^53. */
  readonly values: Float32Array | Float64Array;
  /** The element type in the file, as `UINT8`; null for what was computed. */
  readonly type: string | null;
  /** The integers behind `values` where a DequantizeLinear made them, else null. */
  readonly dequantized: Dequantized | null;
}

/** A dequantized constant before its scales: real = scale · integer, the zero point being subtracted already. */
export interface Dequantized {
  /** In the order of the values. */
  readonly integers: Float64Array;
  /** One, or one for each position along `axis`. */
  readonly scales: Float64Array;
  /** Null where there is one scale. */
  readonly axis: number | null;
}

/** A constant that holds `values` itself, not a copy. */
export function constant(
  shape: Shape,
  values: Float32Array | Float64Array,
  { type = null, dequantized = null }: Partial<Pick<Constant, 'type' | 'dequantized'>> = {},
): Constant {
  return { kind: 'constant', shape, values, type, dequantized };
}

/** A list of integers, as shapes are in ONNX. */
export function integerList(values: readonly number[]): Constant {
  return constant([values.length], Float64Array.from(values));
}

interface ElementType {
  readonly name: string;
  readonly bytes: number;
  readonly float: FloatType | null;
  readonly read: (view: DataView, offset: number) => number;
}

const float = (name: string, bytes: number, type: FloatType): ElementType => ({
  name,
  bytes,
  float: type,
  read: () => Number.NaN,
});
const integer = (name: string, bytes: number, read: ElementType['read']): ElementType => ({
  name,
  bytes,
  float: null,
  read,
});

/** `TensorProto.DataType` numbers. Strings, complex numbers, 4-bit and 8-bit floats have no row and are refused. */
const elementTypes: ReadonlyMap<number, ElementType> = new Map([
  [1, float('FLOAT', 4, 'F32')],
  [2, integer('UINT8', 1, (view, at) => view.getUint8(at))],
  [3, integer('INT8', 1, (view, at) => view.getInt8(at))],
  [4, integer('UINT16', 2, (view, at) => view.getUint16(at, true))],
  [5, integer('INT16', 2, (view, at) => view.getInt16(at, true))],
  [6, integer('INT32', 4, (view, at) => view.getInt32(at, true))],
  [7, integer('INT64', 8, (view, at) => Number(view.getBigInt64(at, true)))],
  [9, integer('BOOL', 1, (view, at) => view.getUint8(at))],
  [10, float('FLOAT16', 2, 'F16')],
  [11, float('DOUBLE', 8, 'F64')],
  [16, float('BFLOAT16', 2, 'BF16')],
]);

/** True for the element types that become float32 in snug. */
export function isFloatDataType(dataType: number): boolean {
  return (elementTypes.get(dataType)?.float ?? null) !== null;
}

/** The type's name in `TensorProto.DataType`, as `UINT8`; null for types that are not read. */
export function dataTypeName(dataType: number): string | null {
  return elementTypes.get(dataType)?.name ?? null;
}

/** Bytes of one element, or null for types that are not read. */
export function bytesOfElement(dataType: number): number | null {
  return elementTypes.get(dataType)?.bytes ?? null;
}

function shapeOf(tensor: RawTensor, origin: Origin): Shape {
  const shape = tensor.dims.map(toNumber);
  if (shape.length > MAX_RANK || shape.some(d => !Number.isSafeInteger(d) || d < 0)) {
    return refuseFile(`the tensor has the impossible shape ${formatShape(shape.slice(0, MAX_RANK))}`, origin);
  }
  return shape;
}

function decodeRaw(type: ElementType, data: Uint8Array): Float32Array | Float64Array {
  if (type.float !== null) return decodeFloats(type.float, data);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Float64Array.from({ length: Math.floor(data.length / type.bytes) }, (_, i) => type.read(view, i * type.bytes));
}

/** The typed fields that ONNX allows in place of `raw_data`; half floats lie in `int32_data` as bits. */
function decodeTyped(type: ElementType, tensor: RawTensor): Float32Array | Float64Array {
  switch (type.float) {
    case 'F32':
      return Float32Array.from(tensor.floatData);
    case 'F64':
      return Float32Array.from(tensor.doubleData);
    case 'F16':
      return Float32Array.from(tensor.int32Data, bits => halfToNumber(bits));
    case 'BF16':
      return Float32Array.from(tensor.int32Data, bits => bfloatToNumber(bits));
    case null:
      return type.name === 'INT64'
        ? Float64Array.from(tensor.int64Data, toNumber)
        : Float64Array.from(tensor.int32Data);
  }
}

/**
 * Decodes a tensor of the file. Nothing is allocated beyond what the file holds.
 * @throws SnugError `malformedFile` where shape and data do not agree; `unsupportedModel` for data in other files and for
 * element types that are no plain numbers
 */
export function decodeConstant(tensor: RawTensor, origin: Origin): Constant {
  if (tensor.dataLocation === 1 || tensor.externalData.length > 0) {
    throw new SnugError(
      unsupportedModel(
        {
          problem: 'the tensor is stored in another file (external data)',
          fix: "save the model as one file, for example with onnx.save(onnx.load('model.onnx'), 'single.onnx')",
        },
        origin,
      ),
    );
  }
  const type = elementTypes.get(tensor.dataType);
  if (type === undefined) {
    throw new SnugError(
      unsupportedModel(
        {
          problem: `the tensor has ONNX element type ${tensor.dataType}, which snug does not read`,
          fix: 'export the model with float32 weights',
        },
        origin,
      ),
    );
  }
  const shape = shapeOf(tensor, origin);
  if (tensor.rawData.length % type.bytes !== 0) {
    return refuseFile(`${tensor.rawData.length} bytes are no whole number of ${type.name} elements`, origin);
  }
  const values = tensor.rawData.length > 0 ? decodeRaw(type, tensor.rawData) : decodeTyped(type, tensor);
  if (values.length !== elementsOf(shape)) {
    return refuseFile(`a tensor of ${formatShape(shape)} holds ${values.length} elements`, origin);
  }
  return constant(shape, values, { type: type.name });
}
