/** The bytes of an HDF5 file with its sizes of addresses and lengths; every read is checked against the end. */
import { malformedFile } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';

/** Parts of the file that may be looked at in all; those of a network are some thousand. */
const MAX_STEPS = 2 ** 21;

/** Reads little-endian numbers at addresses of the file; all methods that read refuse what lies outside. */
export class Source {
  readonly bytes: Uint8Array;
  readonly file: string;
  /** Bytes of an address; set once the superblock is read. */
  offsetSize = 8;
  /** Bytes of a length. */
  lengthSize = 8;
  readonly #view: DataView;
  #steps = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.bytes = bytes;
    this.file = file;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Throws `malformedFile`. */
  refuse(problem: string): never {
    throw new SnugError(malformedFile({ format: 'HDF5', problem }, { file: this.file }));
  }

  /** Counts a message, link, chunk or text that is looked at: blocks that refer to each other would not end. */
  step(): void {
    this.#steps += 1;
    if (this.#steps > MAX_STEPS) this.refuse('its blocks refer to each other without end');
  }

  /** Refuses addresses and lengths outside of the file. */
  need(at: number, length: number): void {
    if (!(at >= 0 && length >= 0 && at + length <= this.bytes.length)) {
      this.refuse(`${length} bytes at ${at} lie outside of its ${this.bytes.length} bytes`);
    }
  }

  slice(at: number, length: number): Uint8Array {
    this.need(at, length);
    return this.bytes.subarray(at, at + length);
  }

  /** An unsigned number of 1, 2, 4 or 8 bytes; those of 8 are inexact above 2^53, where no file reaches. */
  number(at: number, size: number): number {
    this.need(at, size);
    switch (size) {
      case 1:
        return this.#view.getUint8(at);
      case 2:
        return this.#view.getUint16(at, true);
      case 4:
        return this.#view.getUint32(at, true);
      default:
        return Number(this.#view.getBigUint64(at, true));
    }
  }

  /** An address, or null for the one that means "nowhere" (all bits set). */
  address(at: number): number | null {
    const value = this.number(at, this.offsetSize);
    return value >= 2 ** (8 * this.offsetSize) - 1 ? null : value;
  }

  length(at: number): number {
    return this.number(at, this.lengthSize);
  }

  /** Whether the four characters of a block's signature stand at `at`. */
  signed(at: number, signature: string): boolean {
    return String.fromCharCode(...this.slice(at, 4)) === signature;
  }

  /** Text up to the first zero byte, or up to `length` bytes. */
  text(at: number, length: number): string {
    const bytes = this.slice(at, length);
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  }
}
