/**
 * The weights of TensorFlow.js models. The `weightsManifest` of a model.json lists groups; a group's files (shards) are one
 * run of bytes when put behind each other, and its weights lie in that run without gaps, little-endian, in the order of the
 * list. Source: https://github.com/tensorflow/tfjs, `tfjs-core/src/io/types.ts`, and the converter's `write_weights.py`.
 */
import { companionMissing, malformedFile, tensorWrongType, unsupportedModel } from '../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../diagnostics/diagnostic.ts';
import { type Companion, isCompanionName } from './companion-name.ts';
import { halfToNumber } from './float-tensor.ts';
import { type Fields, isFields, quoted } from './json.ts';

/** One weight, dequantized where it was quantized. */
export interface TfjsTensor {
  readonly shape: readonly number[];
  /** Integers and booleans are floats too; integers are exact up to 2^24. */
  readonly data: Float32Array;
  /** True where the file holds integers of 8 or 16 bits in place of floats, which costs accuracy. */
  readonly quantized: boolean;
}

/** How the elements of a weight are stored. */
interface Storage {
  readonly bytes: number;
  readonly quantized: boolean;
  readonly read: (view: DataView, offset: number) => number;
}

const readByte = (view: DataView, offset: number): number => view.getUint8(offset);
const readShort = (view: DataView, offset: number): number => view.getUint16(offset, true);

/** The element types that become numbers; strings and complex numbers have no row. */
const storages: Readonly<Record<string, Storage>> = {
  float32: { bytes: 4, quantized: false, read: (view, offset) => view.getFloat32(offset, true) },
  int32: { bytes: 4, quantized: false, read: (view, offset) => view.getInt32(offset, true) },
  bool: { bytes: 1, quantized: false, read: readByte },
  uint8: { bytes: 1, quantized: false, read: readByte },
};

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function refuse(problem: string, origin: Origin): never {
  throw new SnugError(malformedFile({ format: 'TF.js', problem }, origin));
}

/** Bytes of an element, whatever its type is: complex numbers have most. Damage is found when the weights are read. */
const MOST_ELEMENT_BYTES = 8;

/** No shard of a group is longer than this. */
function mostBytesOf({ weights }: Fields): number {
  const entries: readonly unknown[] = Array.isArray(weights) ? weights : [];
  const sizes = entries.map(weight => {
    const shape = isFields(weight) ? weight['shape'] : null;
    const elements =
      Array.isArray(shape) && shape.every(isCount) ? shape.reduce((product, size) => product * size, 1) : 0;
    return elements * MOST_ELEMENT_BYTES;
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * The files that hold the weights, each once. Names that would leave the folder of the model.json are left out, so that
 * `readTfjsWeights` refuses them. Never throws.
 */
export function tfjsShards(manifest: unknown): readonly Companion[] {
  const groups: readonly unknown[] = Array.isArray(manifest) ? manifest : [];
  const shards = new Map<string, number>();
  for (const group of groups) {
    if (!isFields(group) || !Array.isArray(group['paths'])) continue;
    for (const path of group['paths'] as readonly unknown[]) {
      if (typeof path === 'string' && isCompanionName(path) && !shards.has(path)) shards.set(path, mostBytesOf(group));
    }
  }
  return Array.from(shards, ([name, bytes]) => ({ name, bytes, whole: true }));
}

/** q · scale + min, rounded where the weight is of an integer type; halves are not counted as quantized. */
function quantizedStorage(quantization: unknown, type: string, origin: Origin): Storage {
  if (!isFields(quantization)) return refuse('its quantization is not an object', origin);
  const { dtype, scale, min } = quantization;
  if (dtype === 'float16') {
    return { bytes: 2, quantized: false, read: (view, offset) => halfToNumber(readShort(view, offset)) };
  }
  if (dtype !== 'uint8' && dtype !== 'uint16') return refuse(`it is quantized to ${quoted(dtype)}`, origin);
  if (typeof scale !== 'number' || typeof min !== 'number' || !Number.isFinite(scale) || !Number.isFinite(min)) {
    return refuse(`its quantization has the scale ${quoted(scale)} and the minimum ${quoted(min)}`, origin);
  }
  const [bytes, integer] = dtype === 'uint8' ? ([1, readByte] as const) : ([2, readShort] as const);
  const real = (view: DataView, offset: number): number => integer(view, offset) * scale + min;
  const read = type === 'float32' ? real : (view: DataView, offset: number) => Math.round(real(view, offset));
  return { bytes, quantized: true, read };
}

function storageOf({ dtype, quantization }: Fields, origin: Origin): Storage {
  if (typeof dtype !== 'string') return refuse(`its type is ${quoted(dtype)}`, origin);
  const storage = Object.hasOwn(storages, dtype) ? storages[dtype] : undefined;
  if (storage === undefined) throw new SnugError(tensorWrongType({ type: dtype.slice(0, 200) }, origin));
  return quantization === undefined || quantization === null ? storage : quantizedStorage(quantization, dtype, origin);
}

/** The tensor whose first byte is at `offset` of its group, and the offset behind it. */
function readTensor(
  entry: Fields,
  bytes: Uint8Array,
  offset: number,
  origin: Origin,
): { readonly tensor: TfjsTensor; readonly end: number } {
  const { shape } = entry;
  if (!Array.isArray(shape) || !shape.every(isCount)) return refuse(`its shape is ${quoted(shape)}`, origin);
  const storage = storageOf(entry, origin);
  const elements = shape.reduce((product: number, size: number) => product * size, 1);
  const end = offset + elements * storage.bytes;
  // Written so that a product that is no number is refused too.
  if (!(end <= bytes.length)) {
    const needed = `${quoted(shape)} needs ${elements * storage.bytes} bytes`;
    return refuse(`${needed}, and ${bytes.length - offset} are left of its group`, origin);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = new Float32Array(elements);
  for (let i = 0; i < elements; i += 1) data[i] = storage.read(view, offset + i * storage.bytes);
  return { tensor: { shape, data, quantized: storage.quantized }, end };
}

/** The bytes of one file; a file that was read for a group before is refused, which bounds what a manifest can ask for. */
function shardOf(path: unknown, files: ReadonlyMap<string, Uint8Array>, used: Set<string>, file: string): Uint8Array {
  if (typeof path !== 'string') return refuse(`a name of a weight file is ${quoted(path)}`, { file });
  if (!isCompanionName(path)) {
    const problem = `weights are stored in ${quoted(path)}, which is not beside the model`;
    const fix = 'save the model with its weight files in the folder of its model.json';
    throw new SnugError(unsupportedModel({ problem, fix }, { file }));
  }
  if (used.has(path)) return refuse(`${quoted(path)} is named twice`, { file });
  used.add(path);
  const bytes = files.get(path);
  if (bytes === undefined) throw new SnugError(companionMissing({ name: path }, { file }));
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/**
 * Reads all weights, by name.
 * @param manifest the value of `weightsManifest`, as JSON gave it
 * @param files the shards by the names that `tfjsShards` gives
 * @param file the model.json, for errors
 * @throws SnugError `malformedFile` for a manifest that is not of the form above, for types, shapes and sizes that do not
 * fit the bytes, and for names that occur twice; `tensorWrongType` for strings and complex numbers; `companionMissing` for
 * a shard that is not among the files; `unsupportedModel` for one outside the model's folder
 */
export function readTfjsWeights(
  manifest: unknown,
  files: ReadonlyMap<string, Uint8Array>,
  file: string,
): ReadonlyMap<string, TfjsTensor> {
  if (!Array.isArray(manifest)) return refuse('its weightsManifest is not a list', { file });
  const tensors = new Map<string, TfjsTensor>();
  const used = new Set<string>();
  for (const group of manifest as readonly unknown[]) {
    if (!isFields(group) || !Array.isArray(group['paths']) || !Array.isArray(group['weights'])) {
      return refuse('a group of its weightsManifest does not list paths and weights', { file });
    }
    const bytes = joined(group['paths'].map(path => shardOf(path, files, used, file)));
    let offset = 0;
    for (const entry of group['weights'] as readonly unknown[]) {
      const name = isFields(entry) ? entry['name'] : undefined;
      if (!isFields(entry) || typeof name !== 'string') return refuse('a weight has no name', { file });
      const origin = { file, tensor: name };
      if (tensors.has(name)) return refuse('two weights have this name', origin);
      const { tensor, end } = readTensor(entry, bytes, offset, origin);
      tensors.set(name, tensor);
      offset = end;
    }
    if (offset !== bytes.length) {
      return refuse(`the last ${bytes.length - offset} bytes of ${quoted(group['paths'])} belong to no weight`, {
        file,
      });
    }
  }
  return tensors;
}
