/** Datasets of floats: compact, contiguous, or in chunks that may be shuffled and deflated. */
import { decodeFloats } from '../float-tensor.ts';
import { GREATEST_RATIO, inflateExactly } from '../inflate.ts';
import { countOf, type ElementType, elementTypeOf, shapeOf } from './datatype.ts';
import { leavesOf, refuseForm } from './group.ts';
import { MESSAGE, type Message } from './header.ts';
import type { Source } from './source.ts';

/** A dataset whose values are not read yet. */
export interface Dataset {
  readonly shape: readonly number[];
  readonly type: ElementType;
  /** Where and how the values lie. */
  readonly layout: Message;
  readonly filters: Message | null;
}

const DEFLATE = 1;
const SHUFFLE = 2;
const FLETCHER32 = 3;
const CHECKSUM_BYTES = 4;

/** The dataset that the messages declare, or null where they declare none. */
export function datasetOf(source: Source, messages: readonly Message[]): Dataset | null {
  const find = (type: number): Message | null => messages.find(message => message.type === type) ?? null;
  const layout = find(MESSAGE.layout);
  if (layout === null) return null;
  const space = find(MESSAGE.dataspace) ?? source.refuse('a dataset has no shape');
  const type = find(MESSAGE.datatype) ?? source.refuse('a dataset has no type');
  return {
    shape: shapeOf(source, space.at),
    type: elementTypeOf(source, type.at),
    layout,
    filters: find(MESSAGE.filters),
  };
}

/** Numbers of the filters in the order of writing. */
function filtersOf(source: Source, { at }: Message): readonly number[] {
  const version = source.number(at, 1);
  const count = source.number(at + 1, 1);
  const filters: number[] = [];
  let next = at + (version === 1 ? 8 : 2);
  for (let i = 0; i < count; i += 1) {
    const filter = source.number(next, 2);
    const named = version === 1 || filter >= 256;
    const nameLength = named ? source.number(next + 2, 2) : 0;
    const values = source.number(next + (named ? 6 : 4), 2);
    next += (named ? 8 : 6) + nameLength + 4 * (version === 1 ? values + (values % 2) : values);
    filters.push(filter);
  }
  return filters;
}

/** Shuffle groups the first bytes of all elements, then the second ones, and so on. */
function unshuffled(bytes: Uint8Array, size: number): Uint8Array {
  const count = Math.floor(bytes.length / size);
  const result = bytes.slice();
  for (let byte = 0; byte < size; byte += 1) {
    for (let i = 0; i < count; i += 1) result[i * size + byte] = bytes[byte * count + i]!;
  }
  return result;
}

function unfiltered(
  source: Source,
  stored: Uint8Array,
  filters: readonly number[],
  size: number,
  elementSize: number,
): Uint8Array {
  let bytes = stored;
  for (const [i, filter] of filters.toReversed().entries()) {
    if (filter === SHUFFLE) bytes = unshuffled(bytes, elementSize);
    else if (filter === FLETCHER32) bytes = bytes.subarray(0, Math.max(0, bytes.length - CHECKSUM_BYTES));
    else if (filter === DEFLATE) {
      // A checksum that was written before the data was deflated is inside.
      const inside = filters.slice(0, filters.length - 1 - i).filter(other => other === FLETCHER32).length;
      bytes =
        inflateExactly(bytes, size + CHECKSUM_BYTES * inside, 'zlib') ??
        source.refuse('a chunk of compressed data is damaged');
    } else refuseForm(source, `compression by filter ${filter}`);
  }
  return bytes.length === size ? bytes : source.refuse('a chunk of data has the wrong size');
}

/** Copies a chunk into its place; what hangs over the end of the dataset is left out. */
function place(
  chunk: Uint8Array,
  result: Uint8Array,
  shape: readonly number[],
  sizes: readonly number[],
  starts: readonly number[],
  elementSize: number,
): void {
  const rank = shape.length;
  const last = rank - 1;
  const run = Math.min(sizes[last]!, shape[last]! - starts[last]!) * elementSize;
  const rows = sizes.slice(0, last).reduce((product, size) => product * size, 1);
  for (let row = 0; row < rows; row += 1) {
    let rest = row;
    let to = 0;
    let stride = shape[last]!;
    let inside = true;
    for (let axis = last - 1; axis >= 0; axis -= 1) {
      const index = starts[axis]! + (rest % sizes[axis]!);
      rest = Math.floor(rest / sizes[axis]!);
      inside &&= index < shape[axis]!;
      to += index * stride;
      stride *= shape[axis]!;
    }
    if (!inside) continue;
    const from = row * sizes[last]! * elementSize;
    result.set(chunk.subarray(from, from + run), (to + starts[last]!) * elementSize);
  }
}

function readChunks(source: Source, { shape, type, layout, filters }: Dataset, total: number): Uint8Array {
  const rank = shape.length;
  if (source.number(layout.at + 2, 1) !== rank + 1 || rank === 0)
    source.refuse('chunks of another rank than their dataset');
  const root = source.address(layout.at + 3);
  const sizes = shape.map((_, i) => source.number(layout.at + 3 + source.offsetSize + 4 * i, 4));
  const chunkBytes = countOf(source, sizes) * type.size;
  const pipeline = filters === null ? [] : filtersOf(source, filters);
  const leaves = root === null ? [] : leavesOf(source, root, 1, 8 + 8 * (rank + 1));
  const needed = shape.reduce((product, size, i) => product * Math.ceil(size / sizes[i]!), 1);
  if (leaves.length !== needed) source.refuse(`${leaves.length} chunks of ${needed} are there`);
  // Deflate makes at most 1032 of a byte, so that chunks which do not overlap back what is allocated here.
  const stored = leaves.reduce((sum, { key }) => sum + source.number(key, 4), 0);
  if (stored > source.bytes.length || total > GREATEST_RATIO * stored) source.refuse('chunks of impossible sizes');
  const result = new Uint8Array(total);
  for (const { key, child } of leaves) {
    const content = source.slice(child, source.number(key, 4));
    if (source.number(key + 4, 4) !== 0) refuseForm(source, 'chunks that leave filters out');
    const starts = shape.map((_, i) => source.number(key + 8 + 8 * i, 8));
    if (starts.some((start, i) => start % sizes[i]! !== 0 || start >= shape[i]!)) source.refuse('a chunk out of place');
    const bytes = unfiltered(source, content, pipeline, chunkBytes, type.size);
    place(bytes, result, shape, sizes, starts, type.size);
  }
  return result;
}

function rawBytes(source: Source, dataset: Dataset, total: number): Uint8Array {
  const { at } = dataset.layout;
  const version = source.number(at, 1);
  const kind = source.number(at + 1, 1);
  if (version !== 3 && version !== 4) return refuseForm(source, `data layout ${version}`);
  if (total === 0) return new Uint8Array();
  if (kind === 0) return source.slice(at + 4, total);
  if (kind === 1) return source.slice(source.address(at + 2) ?? source.refuse('a dataset holds no values'), total);
  if (kind !== 2 || version === 4) return refuseForm(source, `data layout ${version}.${kind}`);
  return readChunks(source, dataset, total);
}

/** The values as float32; null where they are no floats. */
export function readFloats(source: Source, dataset: Dataset): Float32Array | null {
  const { type, shape } = dataset;
  if (type.kind !== 'float') return null;
  const bytes = rawBytes(source, dataset, countOf(source, shape) * type.size);
  if (type.littleEndian) return decodeFloats(type.type, bytes);
  const swapped = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i += 1) swapped[i] = bytes[i - (i % type.size) + type.size - 1 - (i % type.size)]!;
  return decodeFloats(type.type, swapped);
}
