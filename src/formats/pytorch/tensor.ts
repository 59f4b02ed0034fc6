/** Tensors of PyTorch: views of a storage by offset, shape and strides, which several tensors may share. */
import { decodeFloats, type FloatType, isFloatType } from '../float-tensor.ts';
import { denseStrides, gathered, type StoredTensor, swapped } from '../stored-tensor.ts';

/** Names as in safetensors and bytes of one element, by the name of `torch.dtype`. */
const ELEMENTS: ReadonlyMap<string, readonly [dtype: string, bytes: number]> = new Map([
  ['float32', ['F32', 4]],
  ['float16', ['F16', 2]],
  ['bfloat16', ['BF16', 2]],
  ['float64', ['F64', 8]],
  ['int64', ['I64', 8]],
  ['int32', ['I32', 4]],
  ['int16', ['I16', 2]],
  ['int8', ['I8', 1]],
  ['uint8', ['U8', 1]],
  ['bool', ['BOOL', 1]],
  // Bytes that tensors of several types may be views of; offsets and strides are in elements of the tensor's type.
  ['UntypedStorage', ['U8', 1]],
]);

/** `torch.dtype` of the classes of storages. */
const STORAGES: ReadonlyMap<string, string> = new Map([
  ['FloatStorage', 'float32'],
  ['HalfStorage', 'float16'],
  ['BFloat16Storage', 'bfloat16'],
  ['DoubleStorage', 'float64'],
  ['LongStorage', 'int64'],
  ['IntStorage', 'int32'],
  ['ShortStorage', 'int16'],
  ['CharStorage', 'int8'],
  ['ByteStorage', 'uint8'],
  ['BoolStorage', 'bool'],
]);

/** The element type that a class of storages has; the class's own name where it is not one of numbers that are known. */
export function elementTypeOf(storageClass: string): string {
  return STORAGES.get(storageClass) ?? storageClass;
}

/** Bytes of one element, or null for a type that is not known. */
export function elementBytesOf(type: string): number | null {
  return ELEMENTS.get(type)?.[1] ?? null;
}

/** A block of elements that tensors are views of. */
export interface TorchStorage {
  /** By the name of `torch.dtype`; of an untyped storage, the name of its class. */
  readonly type: string;
  /** Elements before its first one in the block of bytes. */
  readonly offset: number;
  /** The whole block; refuses where it is missing or damaged. */
  readonly bytes: () => Uint8Array;
  /** Whether elements lie most significant byte first. */
  readonly isBigEndian: boolean;
  readonly refuse: (problem: string) => never;
}

/** Offset, shape and strides in elements. */
interface TorchView {
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Reads the elements of a view, which must lie within its storage. */
function read(storage: TorchStorage, view: TorchView, type: FloatType, elementBytes: number): Float32Array {
  const { shape, strides } = view;
  if (shape.includes(0)) return new Float32Array(0);
  const first = storage.offset + view.offset;
  const end = shape.reduce((at, size, axis) => at + (size - 1) * strides[axis]!, first) + 1;
  const block = storage.bytes();
  if (end * elementBytes > block.length) {
    storage.refuse(`a tensor of ${shape.join('×')} ends beyond its storage of ${block.length} bytes`);
  }
  const span = block.subarray(first * elementBytes, end * elementBytes);
  const values = decodeFloats(type, storage.isBigEndian ? swapped(span, elementBytes) : span);
  const dense = denseStrides(shape, 'C');
  const isDense = shape.every((size, axis) => size === 1 || strides[axis] === dense[axis]);
  return isDense ? values : gathered(values, { shape, strides, offset: 0 });
}

/** One tensor of a PyTorch file. */
export class TorchTensor implements StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly floats: (() => Float32Array) | null;

  /** @param type the tensor's where its storage is untyped */
  constructor(storage: TorchStorage, view: TorchView, type: string = storage.type) {
    const [dtype, elementBytes] = ELEMENTS.get(type) ?? [type, 0];
    this.dtype = dtype;
    this.shape = view.shape;
    this.floats = isFloatType(dtype) ? () => read(storage, view, dtype, elementBytes) : null;
  }
}
