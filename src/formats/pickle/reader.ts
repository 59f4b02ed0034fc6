/** The bytes of a pickle, read from front to back; every length in them is checked against what is left. */

/** Longest integer that is read; PyTorch's magic number has 10 bytes. */
const LONGEST_INTEGER = 32;

const UTF8 = new TextDecoder();

/** A cursor over the bytes of a pickle. */
export class PickleReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #refuse: (problem: string) => never;
  #at: number;

  constructor(bytes: Uint8Array, start: number, refuse: (problem: string) => never) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#refuse = refuse;
  }

  /** Offset of the next byte. */
  get position(): number {
    return this.#at;
  }

  refuse(problem: string): never {
    return this.#refuse(problem);
  }

  /** Moves on by `length` bytes and returns where they begin. */
  #skip(length: number): number {
    const left = this.#bytes.length - this.#at;
    if (length > left) this.refuse(`at byte ${this.#at} it needs ${length} more bytes and has ${left}`);
    this.#at += length;
    return this.#at - length;
  }

  byte(): number {
    return this.#bytes[this.#skip(1)]!;
  }

  uint16(): number {
    return this.#view.getUint16(this.#skip(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#skip(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  /** A 64-bit length; inexact above 2^53, which no file has. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#skip(8), true));
  }

  /** The one big-endian number of the format. */
  float64(): number {
    return this.#view.getFloat64(this.#skip(8), false);
  }

  /** A view into the file. */
  bytes(length: number): Uint8Array {
    const start = this.#skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** UTF-8; what is not becomes U+FFFD. */
  text(length: number): string {
    return UTF8.decode(this.bytes(length));
  }

  /** Text up to the end of a line. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) this.refuse(`the text at byte ${this.#at} does not end`);
    return this.text(end + 1 - this.#at).slice(0, -1);
  }

  /** Two's complement, little-endian: a number where it is exact, else a bigint. */
  integer(length: number): number | bigint {
    if (length > LONGEST_INTEGER) this.refuse(`an integer of ${length} bytes`);
    let value = 0n;
    for (const byte of this.bytes(length).toReversed()) value = (value << 8n) | BigInt(byte);
    value = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
}
