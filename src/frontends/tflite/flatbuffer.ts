/**
 * Tables of a flatbuffer, read field by field with every offset checked. A table begins with the distance to its vtable,
 * which lists the offset of each field from the table, 0 where the field has its default.
 * Source: FlatBuffers internals ("Encoding").
 */
import { ByteBuffer } from 'flatbuffers';
import { malformedFile } from '../../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../../diagnostics/diagnostic.ts';

/** Throws `malformedFile` for a TensorFlow Lite file. */
export function refuseFile(problem: string, origin: Origin): never {
  throw new SnugError(malformedFile({ format: 'TensorFlow Lite', problem }, origin));
}

/**
 * How often the bytes of a file may be read over, weights left out. A writer stores each vector once or shares a few; a
 * damaged file may lead from many tables to one long vector, and reading that each time would take for ever.
 */
const READINGS = 16;
const LONGEST_NAME = 512;

/** The bytes of a file under one account of what was read. */
class Reader {
  readonly bytes: Uint8Array;
  readonly buffer: ByteBuffer;
  readonly #file: string;
  #left: number;

  constructor(bytes: Uint8Array, file: string) {
    this.bytes = bytes;
    this.buffer = new ByteBuffer(bytes);
    this.#file = file;
    this.#left = READINGS * bytes.length;
  }

  refuse(problem: string): never {
    return refuseFile(problem, { file: this.#file });
  }

  /** Throws unless `length` bytes at `offset` lie in the file; returns the offset. */
  check(offset: number, length: number): number {
    if (offset < 0 || offset + length > this.bytes.length) return this.refuse('an offset leads out of the file');
    this.#left -= length;
    return this.#left < 0 ? this.refuse('its tables lead to the same vectors again and again') : offset;
  }

  uint32(offset: number): number {
    return this.buffer.readUint32(this.check(offset, 4));
  }

  /** Follows the offset that is stored at `at`. */
  follow(at: number): number {
    return at + this.uint32(at);
  }
}

/** Bytes of one element, and how to read it. */
interface Scalar {
  readonly bytes: number;
  readonly read: (buffer: ByteBuffer, offset: number) => number;
}

const INT8: Scalar = { bytes: 1, read: (buffer, at) => buffer.readInt8(at) };
const UINT8: Scalar = { bytes: 1, read: (buffer, at) => buffer.readUint8(at) };
const INT32: Scalar = { bytes: 4, read: (buffer, at) => buffer.readInt32(at) };
const UINT32: Scalar = { bytes: 4, read: (buffer, at) => buffer.readUint32(at) };
const FLOAT32: Scalar = { bytes: 4, read: (buffer, at) => buffer.readFloat32(at) };
const INT64: Scalar = { bytes: 8, read: (buffer, at) => Number(buffer.readInt64(at)) };
const UINT64: Scalar = { bytes: 8, read: (buffer, at) => Number(buffer.readUint64(at)) };

/** Element types of scalar fields and vectors; 64-bit values beyond 2^53 lose their last digits. */
export const scalar: Readonly<Record<'int8' | 'uint8' | 'int32' | 'uint32' | 'float32' | 'int64' | 'uint64', Scalar>> =
  { int8: INT8, uint8: UINT8, int32: INT32, uint32: UINT32, float32: FLOAT32, int64: INT64, uint64: UINT64 };

/** One table. `slot` is the place of a field in the schema; the methods throw `malformedFile` for offsets that lead astray. */
export class Table {
  readonly #reader: Reader;
  readonly #position: number;
  readonly #vtable: number;
  readonly #vtableBytes: number;

  private constructor(reader: Reader, position: number) {
    this.#reader = reader;
    this.#position = position;
    this.#vtable = position - reader.buffer.readInt32(reader.check(position, 4));
    this.#vtableBytes = reader.buffer.readUint16(reader.check(this.#vtable, 4));
    if (this.#vtableBytes < 4) reader.refuse('a table has no fields at all');
    reader.check(this.#vtable, this.#vtableBytes);
  }

  /** The outermost table of a file; `file` names it in errors. */
  static root(bytes: Uint8Array, file: string): Table {
    const reader = new Reader(bytes, file);
    return new Table(reader, reader.follow(0));
  }

  /** Position of a field, or null where it has its default. */
  #field(slot: number): number | null {
    const entry = 4 + 2 * slot;
    if (entry + 2 > this.#vtableBytes) return null;
    const offset = this.#reader.buffer.readUint16(this.#vtable + entry);
    return offset === 0 ? null : this.#position + offset;
  }

  /** A scalar field. */
  number(slot: number, { bytes, read }: Scalar, fallback: number): number {
    const at = this.#field(slot);
    return at === null ? fallback : read(this.#reader.buffer, this.#reader.check(at, bytes));
  }

  /** Position of the first element and length of a vector that lies in the file. */
  #vector(
    slot: number,
    elementBytes: number,
    limit: number,
  ): { readonly first: number; readonly length: number } | null {
    const at = this.#field(slot);
    if (at === null) return null;
    const start = this.#reader.follow(at);
    const length = this.#reader.uint32(start);
    if (length > limit) return this.#reader.refuse(`a vector has ${length} elements, and at most ${limit} make sense`);
    if (start + 4 + length * elementBytes > this.#reader.bytes.length) {
      return this.#reader.refuse(`a vector of ${length} elements leads out of the file`);
    }
    return { first: start + 4, length };
  }

  /** A vector of numbers, or null where the field is absent. */
  numbers(slot: number, { bytes, read }: Scalar, limit: number = Number.MAX_SAFE_INTEGER): readonly number[] | null {
    const vector = this.#vector(slot, bytes, limit);
    if (vector === null) return null;
    this.#reader.check(vector.first, vector.length * bytes);
    return Array.from({ length: vector.length }, (_, i) => read(this.#reader.buffer, vector.first + i * bytes));
  }

  /** A vector of bytes as a view of the file. */
  bytes(slot: number): Uint8Array | null {
    const vector = this.#vector(slot, 1, Number.MAX_SAFE_INTEGER);
    return vector === null ? null : this.#reader.bytes.subarray(vector.first, vector.first + vector.length);
  }

  /** A part of the file outside of the flatbuffer, counted from the beginning of the file. */
  outside(offset: number, length: number): Uint8Array {
    if (!(length >= 0 && offset + length <= this.#reader.bytes.length)) {
      return this.#reader.refuse('a buffer behind the tables leads out of the file');
    }
    return this.#reader.bytes.subarray(offset, offset + length);
  }

  /** A text, cut off where it is longer than any name. */
  text(slot: number): string {
    const bytes = this.bytes(slot)?.subarray(0, LONGEST_NAME) ?? new Uint8Array(0);
    this.#reader.check(0, bytes.length);
    return new TextDecoder().decode(bytes);
  }

  /** A table that this one refers to. */
  table(slot: number): Table | null {
    const at = this.#field(slot);
    return at === null ? null : new Table(this.#reader, this.#reader.follow(at));
  }

  /** A vector of tables; each is read when it is asked for, and null stands for an index without one. */
  tables(slot: number): { readonly length: number; readonly at: (index: number) => Table | null } {
    const vector = this.#vector(slot, 4, Number.MAX_SAFE_INTEGER) ?? { first: 0, length: 0 };
    return {
      length: vector.length,
      at: index =>
        Number.isInteger(index) && index >= 0 && index < vector.length
          ? new Table(this.#reader, this.#reader.follow(vector.first + 4 * index))
          : null,
    };
  }
}
