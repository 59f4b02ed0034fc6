/**
 * The zip container, read from its central directory: entries by name, stored or deflated. Nothing is written to a disk and
 * names are no paths here. Source: PKWARE's APPNOTE.TXT 6.3.10. Sizes in the file are believed only as far as the file and
 * the limits back them, so that no archive makes the reader allocate or compute without bound.
 */
import { malformedFile, unsupportedModel } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { crc32 } from './crc32.ts';
import { inflateExactly } from './inflate.ts';

/** What an archive may ask for; more is refused before anything is inflated. */
interface ZipLimits {
  /** Number of entries, directories included. */
  readonly entries: number;
  /** Inflated size of one entry in bytes. */
  readonly entryBytes: number;
  /** Inflated size of all entries together in bytes. */
  readonly totalBytes: number;
}

const MIB = 2 ** 20;
/** More than any network that a microcontroller runs. */
const LIMITS: ZipLimits = { entries: 20_000, entryBytes: 256 * MIB, totalBytes: 512 * MIB };

const END_OF_DIRECTORY = 0x06054b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
const ZIP64_LOCATOR = 0x07064b50;
const ZIP64_LOCATOR_BYTES = 20;
const ZIP64_END = 0x06064b50;
const ZIP64_END_BYTES = 56;
const ZIP64_EXTRA = 0x0001;
const DIRECTORY_ENTRY = 0x02014b50;
const DIRECTORY_ENTRY_BYTES = 46;
const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
const ENCRYPTED = 1;
const STORED = 0;
const DEFLATED = 8;
const IN_ZIP64 = 0xffffffff;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  readonly headerOffset: number;
}

interface Directory {
  readonly count: number;
  readonly offset: number;
}

/** The archive under reading: its bytes, and how to refuse it. */
class Archive {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly file: string;

  constructor(bytes: Uint8Array, file: string) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.file = file;
  }

  refuse(problem: string): never {
    throw new SnugError(malformedFile({ format: 'zip', problem }, { file: this.file }));
  }

  tooLarge(problem: string): never {
    throw new SnugError(unsupportedModel({ problem, fix: 'compile a smaller network' }, { file: this.file }));
  }

  /** A 64-bit number; inexact above 2^53, which no offset into the file is. */
  long(at: number): number {
    return Number(this.view.getBigUint64(at, true));
  }

  /** Whether a record of `length` bytes that begins with `signature` lies at `at`. */
  has(signature: number, at: number, length: number): boolean {
    return at >= 0 && at + length <= this.bytes.length && this.view.getUint32(at, true) === signature;
  }
}

function findDirectory(archive: Archive): Directory {
  const { view, bytes } = archive;
  const last = bytes.length - END_BYTES;
  for (let at = last; at >= Math.max(0, last - LONGEST_COMMENT); at -= 1) {
    if (!archive.has(END_OF_DIRECTORY, at, END_BYTES)) continue;
    const locator = at - ZIP64_LOCATOR_BYTES;
    if (archive.has(ZIP64_LOCATOR, locator, ZIP64_LOCATOR_BYTES)) {
      const end = archive.long(locator + 8);
      if (!archive.has(ZIP64_END, end, ZIP64_END_BYTES)) archive.refuse('its zip64 directory is missing');
      return { count: archive.long(end + 32), offset: archive.long(end + 48) };
    }
    return { count: view.getUint16(at + 10, true), offset: view.getUint32(at + 16, true) };
  }
  return archive.refuse('its directory is missing');
}

/** Fields that do not fit 32 bits stand in this order in the zip64 extra field, those that do fit are left out. */
function readZip64(archive: Archive, start: number, end: number, fields: readonly number[]): readonly number[] {
  if (!fields.includes(IN_ZIP64)) return fields;
  for (let at = start; at + 4 <= end; at += 4 + archive.view.getUint16(at + 2, true)) {
    if (archive.view.getUint16(at, true) !== ZIP64_EXTRA) continue;
    let next = at + 4;
    return fields.map(field => {
      if (field !== IN_ZIP64) return field;
      if (next + 8 > end) return archive.refuse('its directory is damaged');
      next += 8;
      return archive.long(next - 8);
    });
  }
  return fields;
}

function readEntry(archive: Archive, at: number): { readonly entry: Entry; readonly next: number } {
  const { view, bytes } = archive;
  if (!archive.has(DIRECTORY_ENTRY, at, DIRECTORY_ENTRY_BYTES)) archive.refuse('its directory is damaged');
  const nameEnd = at + DIRECTORY_ENTRY_BYTES + view.getUint16(at + 28, true);
  const extraEnd = nameEnd + view.getUint16(at + 30, true);
  const next = extraEnd + view.getUint16(at + 32, true);
  if (next > bytes.length) archive.refuse('its directory is cut off');
  const stated = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
  const [size = 0, compressed = 0, headerOffset = 0] = readZip64(archive, nameEnd, extraEnd, stated);
  const entry: Entry = {
    name: new TextDecoder().decode(bytes.subarray(at + DIRECTORY_ENTRY_BYTES, nameEnd)),
    method: view.getUint16(at + 10, true),
    encrypted: (view.getUint16(at + 8, true) & ENCRYPTED) !== 0,
    crc: view.getUint32(at + 16, true),
    compressed,
    size,
    headerOffset,
  };
  return { entry, next };
}

/** The entry's compressed bytes, a view into the file. */
function dataOf(archive: Archive, { name, compressed, headerOffset }: Entry): Uint8Array {
  if (!archive.has(LOCAL_HEADER, headerOffset, LOCAL_HEADER_BYTES)) archive.refuse(`the header of ${name} is missing`);
  const { view, bytes } = archive;
  const start =
    headerOffset +
    LOCAL_HEADER_BYTES +
    view.getUint16(headerOffset + 26, true) +
    view.getUint16(headerOffset + 28, true);
  if (start + compressed > bytes.length) archive.refuse(`${name} is cut off`);
  return bytes.subarray(start, start + compressed);
}

function contentOf(archive: Archive, entry: Entry): Uint8Array {
  const { name, method, size } = entry;
  const data = dataOf(archive, entry);
  if (entry.encrypted) return archive.refuse(`${name} is encrypted`);
  if (method !== STORED && method !== DEFLATED) return archive.refuse(`${name} is compressed by method ${method}`);
  const content = method === STORED ? data : inflateExactly(data, size, 'none');
  if (content === null || content.length !== size) return archive.refuse(`${name} does not inflate to ${size} bytes`);
  return crc32(content) === entry.crc ? content : archive.refuse(`the checksum of ${name} is wrong`);
}

/**
 * Reads the directory of an archive. An entry is inflated when its function is called, and each time that it is; stored
 * entries are views into `bytes`. Directories are left out.
 * @param file names the archive in errors
 * @throws SnugError `malformedFile` for a damaged archive, here or when an entry is read; `unsupportedModel` for one beyond
 * the limits
 */
export function readZip(
  bytes: Uint8Array,
  file: string,
  limits: ZipLimits = LIMITS,
): ReadonlyMap<string, () => Uint8Array> {
  const archive = new Archive(bytes, file);
  const directory = findDirectory(archive);
  if (directory.count > limits.entries) {
    archive.tooLarge(`the archive has ${directory.count} entries, more than ${limits.entries}`);
  }
  const contents = new Map<string, () => Uint8Array>();
  let at = directory.offset;
  let total = 0;
  for (let i = 0; i < directory.count; i += 1) {
    const { entry, next } = readEntry(archive, at);
    at = next;
    total += entry.size;
    if (entry.size > limits.entryBytes) archive.tooLarge(`${entry.name} has more than ${limits.entryBytes} bytes`);
    if (total > limits.totalBytes) archive.tooLarge(`the archive holds more than ${limits.totalBytes} bytes`);
    if (entry.name.endsWith('/')) continue;
    if (contents.has(entry.name)) archive.refuse(`it holds ${entry.name} twice`);
    contents.set(entry.name, () => contentOf(archive, entry));
  }
  return contents;
}
