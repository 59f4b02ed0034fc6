/**
 * The safetensors container: 8 bytes of header length (little-endian), a JSON header, then the data of all tensors without
 * gaps. Source: https://github.com/huggingface/safetensors, "Format". The reader trusts nothing in the header; the writer
 * emits the same bytes for the same tensors.
 */
import { malformedFile } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { type Fields, isFields } from './json.ts';

/** Bytes of one element, by the format's type name. */
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
};

/** The format's own limit on the header, which keeps a damaged length from being believed. */
const MAX_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;

/** One tensor of a container; `data` has as many bytes as type and shape ask for. */
export interface SafetensorsTensor {
  /** `F32`, `I8`, … as the header has it. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** The tensor's bytes, little-endian; a view into the file, at any alignment. */
  readonly data: Uint8Array;
}

/** The content of a container. */
export interface Safetensors {
  /** `__metadata__` of the header; empty where it has none. */
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of the header. */
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
}

type Refuse = (problem: string, tensor?: string) => never;

function parseHeader(bytes: Uint8Array, refuse: Refuse): { header: Fields; start: number } {
  if (bytes.length < LENGTH_BYTES) return refuse(`${bytes.length} bytes are too few for a header`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES || length > bytes.length - LENGTH_BYTES) {
    return refuse(`the header is said to have ${length} bytes and the file has ${bytes.length}`);
  }
  const start = LENGTH_BYTES + length;
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(LENGTH_BYTES, start)));
  } catch {
    return refuse('its header is not JSON');
  }
  if (!isFields(header)) return refuse('its header is not a JSON object');
  return { header, start };
}

function parseMetadata(value: unknown, refuse: Refuse): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (!isFields(value) || Object.values(value).some(entry => typeof entry !== 'string')) {
    return refuse('__metadata__ is not an object of strings');
  }
  return value as Readonly<Record<string, string>>;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function parseTensor(
  name: string,
  entry: unknown,
  data: Uint8Array,
  refuse: Refuse,
): { readonly tensor: SafetensorsTensor; readonly begin: number; readonly end: number } {
  if (!isFields(entry)) return refuse('its entry in the header is not an object', name);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(ELEMENT_BYTES, dtype)) {
    return refuse(`its type is ${JSON.stringify(dtype)}`, name);
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    return refuse(`its shape is ${JSON.stringify(shape)}`, name);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return refuse(`its data offsets are ${JSON.stringify(offsets)}`, name);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > data.length) {
    return refuse(`its data lies at ${begin} to ${end} of ${data.length} bytes`, name);
  }
  const needed = shape.reduce((product, dimension) => product * dimension, ELEMENT_BYTES[dtype]!);
  if (needed !== end - begin) {
    return refuse(`${dtype} ${shape.join('×')} needs ${needed} bytes and has ${end - begin}`, name);
  }
  return { tensor: { dtype, shape, data: data.subarray(begin, end) }, begin, end };
}

/**
 * Reads a container; `file` names it in errors.
 * @throws SnugError `malformedFile` for anything that the format does not allow: a length, header, type, shape or offset
 * that does not fit, tensors that overlap, and bytes that belong to no tensor
 */
export function readSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const refuse: Refuse = (problem, tensor) => {
    const origin = tensor === undefined ? { file } : { file, tensor };
    throw new SnugError(malformedFile({ format: 'safetensors', problem }, origin));
  };
  const { header, start } = parseHeader(bytes, refuse);
  const { __metadata__: metadata, ...entries } = header;
  const data = bytes.subarray(start);
  const parsed = Object.entries(entries).map(([name, entry]) => ({ name, ...parseTensor(name, entry, data, refuse) }));

  let covered = 0;
  for (const { name, begin, end } of parsed.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < covered) refuse('it overlaps another tensor', name);
    if (begin > covered) refuse(`${begin - covered} bytes before it belong to no tensor`, name);
    covered = end;
  }
  if (covered !== data.length) refuse(`the last ${data.length - covered} bytes belong to no tensor`);
  return {
    metadata: parseMetadata(metadata, refuse),
    tensors: new Map(parsed.map(({ name, tensor }) => [name, tensor])),
  };
}

/** A tensor to write; its element type follows from the array: F32, F64, I8 or I32. */
export interface TensorToWrite {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int8Array | Int32Array;
}

function typeOf({ data }: TensorToWrite): 'F32' | 'F64' | 'I8' | 'I32' {
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof Float64Array) return 'F64';
  return data instanceof Int8Array ? 'I8' : 'I32';
}

function writeElements(view: DataView, offset: number, { data }: TensorToWrite): void {
  const size = data.BYTES_PER_ELEMENT;
  for (let i = 0; i < data.length; i += 1) {
    const at = offset + i * size;
    if (data instanceof Float32Array) view.setFloat32(at, data[i]!, true);
    else if (data instanceof Float64Array) view.setFloat64(at, data[i]!, true);
    else if (data instanceof Int8Array) view.setInt8(at, data[i]!);
    else view.setInt32(at, data[i]!, true);
  }
}

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The container as bytes, the same for the same content whatever the order of the map. Tensors are sorted by element size
 * (largest first, so that each is aligned to its elements, as the reference writer does) and then by name; the header is
 * padded with spaces to 8 bytes.
 * @throws RangeError where a shape does not have as many elements as its data, which is a mistake of the caller
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, TensorToWrite>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const sorted = [...tensors].toSorted(
    ([a, x], [b, y]) => y.data.BYTES_PER_ELEMENT - x.data.BYTES_PER_ELEMENT || byName(a, b),
  );
  const notes = Object.entries(metadata).toSorted(([a], [b]) => byName(a, b));
  const header: [string, unknown][] = notes.length === 0 ? [] : [['__metadata__', Object.fromEntries(notes)]];
  let size = 0;
  for (const [name, tensor] of sorted) {
    if (tensor.shape.reduce((product, dimension) => product * dimension, 1) !== tensor.data.length) {
      throw new RangeError(`${name} has ${tensor.data.length} elements and shape ${tensor.shape.join('×')}`);
    }
    const end = size + tensor.data.byteLength;
    header.push([name, { dtype: typeOf(tensor), shape: tensor.shape, data_offsets: [size, end] }]);
    size = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(json.length / LENGTH_BYTES) * LENGTH_BYTES;
  const file = new Uint8Array(LENGTH_BYTES + headerBytes + size);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerBytes);
  file.set(json, LENGTH_BYTES);
  let offset = LENGTH_BYTES + headerBytes;
  for (const [, tensor] of sorted) {
    writeElements(view, offset, tensor);
    offset += tensor.data.byteLength;
  }
  return file;
}
