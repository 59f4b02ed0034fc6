/** The tensors of a TensorFlow Lite file: shape, type, quantization, and the bytes of constants. */
import { unsupportedModel } from '../../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../../diagnostics/diagnostic.ts';
import { elementsOf, type Shape } from '../../ir/shape.ts';
import { refuseFile, scalar, type Table } from './flatbuffer.ts';
import { slots, type TensorType, TYPE_BYTES, tensorType } from './schema.ts';

const HIGHEST_RANK = 8;
const OPEN = -1;

/** real = scales[c] · (q − zeroPoints[c]), c along dimension `axis`; one entry where all channels share it. */
export interface FileQuantization {
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly axis: number;
}

/** One tensor as the file has it. */
export interface FileTensor {
  readonly index: number;
  readonly name: string;
  readonly shape: Shape;
  /** True where the file leaves a dimension open; `shape` has 1 there. */
  readonly open: readonly boolean[];
  readonly type: TensorType;
  /** Null for tensors without quantization. */
  readonly quantization: FileQuantization | null;
  /** The bytes of a constant, little-endian, as many as shape and type ask for; null for what is computed. */
  readonly data: Uint8Array | null;
}

function quantizationOf(table: Table | null, origin: Origin): FileQuantization | null {
  if (table === null) return null;
  if (table.number(slots.quantization.detailsType, scalar.uint8, 0) !== 0) {
    const problem = 'the tensor is quantized in a way of its own and not with scale and zero point';
    throw new SnugError(unsupportedModel({ problem, fix: 'convert the model with int8 or float weights' }, origin));
  }
  const scales = table.numbers(slots.quantization.scale, scalar.float32) ?? [];
  if (scales.length === 0) return null;
  if (!scales.every(scale => scale > 0 && scale < Infinity)) return refuseFile('a scale is not above 0', origin);
  const zeroPoints = table.numbers(slots.quantization.zeroPoint, scalar.int64) ?? [];
  const axis = table.number(slots.quantization.quantizedDimension, scalar.int32, 0);
  if (zeroPoints.length !== scales.length && zeroPoints.length !== 0) {
    return refuseFile(`it has ${scales.length} scales and ${zeroPoints.length} zero points`, origin);
  }
  return { scales, zeroPoints: zeroPoints.length === 0 ? scales.map(() => 0) : zeroPoints, axis };
}

/** Reads tensors when they are asked for, each once. */
export class TensorReader {
  readonly #model: Table;
  readonly #tensors: ReturnType<Table['tables']>;
  readonly #file: string;
  readonly #read = new Map<number, FileTensor>();

  constructor(model: Table, subgraph: Table, file: string) {
    this.#model = model;
    this.#tensors = subgraph.tables(slots.subgraph.tensors);
    this.#file = file;
  }

  #data(table: Table, shape: Shape, type: TensorType, origin: Origin): Uint8Array | null {
    const index = table.number(slots.tensor.buffer, scalar.uint32, 0);
    // Buffer 0 is empty by convention, and older files have no buffers besides those of constants.
    if (index === 0) return null;
    const buffer = this.#model.tables(slots.model.buffers).at(index);
    if (buffer === null) return refuseFile(`its buffer ${index} does not exist`, origin);
    const offset = buffer.number(slots.buffer.offset, scalar.uint64, 0);
    // Offsets 0 and 1 are place holders.
    const data =
      offset > 1
        ? buffer.outside(offset, buffer.number(slots.buffer.size, scalar.uint64, 0))
        : buffer.bytes(slots.buffer.data);
    if (data === null || data.length === 0) return null;
    const size = TYPE_BYTES[type];
    if (size !== undefined && data.length !== elementsOf(shape) * size) {
      return refuseFile(
        `its constant has ${data.length} bytes, and its shape needs ${elementsOf(shape) * size}`,
        origin,
      );
    }
    return data;
  }

  /** @throws SnugError `malformedFile` for an index without a tensor and for damage */
  read(index: number): FileTensor {
    const known = this.#read.get(index);
    if (known !== undefined) return known;
    const table = this.#tensors.at(index) ?? refuseFile(`tensor ${index} does not exist`, { file: this.#file });
    const name = table.text(slots.tensor.name);
    const origin = { file: this.#file, tensor: name };
    const shape = table.numbers(slots.tensor.shape, scalar.int32, HIGHEST_RANK) ?? [];
    const signature = table.numbers(slots.tensor.shapeSignature, scalar.int32, HIGHEST_RANK) ?? [];
    const open = shape.map((size, axis) => size === OPEN || signature[axis] === OPEN);
    const type = tensorType(table.number(slots.tensor.type, scalar.int8, 0));
    if (table.table(slots.tensor.sparsity) !== null) {
      const fix = 'convert the model with dense weights';
      throw new SnugError(unsupportedModel({ problem: 'the tensor is sparse', fix }, origin));
    }
    const tensor = {
      index,
      name,
      shape,
      open,
      type,
      quantization: quantizationOf(table.table(slots.tensor.quantization), origin),
      data: this.#data(table, shape, type, origin),
    };
    this.#read.set(index, tensor);
    return tensor;
  }
}
