/**
 * Sections of 32-bit little-endian ELF files, as gcc and its linker write them for microcontrollers. Source: System V
 * Application Binary Interface, "Object Files": ELF header, section header table, string table.
 */
import { malformedFile } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';

/** A section that takes memory in the running program. */
export interface ElfSection {
  readonly name: string;
  /** Where it lies while the program runs; 0 in an object. */
  readonly address: number;
  readonly bytes: number;
  /** False where the file holds nothing for it, as for .bss. */
  readonly inFile: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
}

/** Memory that the image fills before the program starts: where its bytes are stored and how many there are. */
export interface ElfSegment {
  /** Where a loader writes it: of initialised data, the place in flash. */
  readonly loadAddress: number;
  readonly bytes: number;
}

const HEADER_BYTES = 52;
const SECTION_BYTES = 40;
const SEGMENT_BYTES = 32;
const MAGIC = 0x464c457f;
const NOBITS = 8;
const LOAD = 1;
const [WRITE, ALLOC, EXECUTE] = [1, 2, 4];

function viewOf(data: Uint8Array, file: string): DataView {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const isElf32 = data.length >= HEADER_BYTES && view.getUint32(0, true) === MAGIC && data[4] === 1 && data[5] === 1;
  if (!isElf32)
    throw new SnugError(malformedFile({ format: 'ELF', problem: 'it is no 32-bit little-endian ELF file' }, { file }));
  return view;
}

/** `count` entries of a table, checked to lie in the file. */
function table(view: DataView, file: string, start: number, size: number, count: number): readonly number[] {
  if (start + size * count > view.byteLength)
    throw new SnugError(malformedFile({ format: 'ELF', problem: 'a table ends beyond the file' }, { file }));
  return Array.from({ length: count }, (_, i) => start + i * size);
}

/**
 * The sections that take memory, in the file's order.
 * @param file path for errors
 * @throws SnugError `malformedFile`
 */
export function elfSections(data: Uint8Array, file: string): readonly ElfSection[] {
  const view = viewOf(data, file);
  const headers = table(view, file, view.getUint32(32, true), SECTION_BYTES, view.getUint16(48, true));
  const strings = headers[view.getUint16(50, true)];
  const names = strings === undefined ? 0 : view.getUint32(strings + 16, true);
  const nameAt = (offset: number): string => {
    const end = data.indexOf(0, names + offset);
    return new TextDecoder().decode(data.subarray(names + offset, end < 0 ? data.length : end));
  };
  return headers.flatMap((at): readonly ElfSection[] => {
    const [name, type, flags] = [0, 4, 8].map(offset => view.getUint32(at + offset, true)) as [number, number, number];
    const bytes = view.getUint32(at + 20, true);
    if ((flags & ALLOC) === 0 || bytes === 0) return [];
    return [
      {
        ...{ name: nameAt(name), address: view.getUint32(at + 12, true), bytes, inFile: type !== NOBITS },
        ...{ writable: (flags & WRITE) !== 0, executable: (flags & EXECUTE) !== 0 },
      },
    ];
  });
}

/**
 * What a loader writes.
 * @throws SnugError `malformedFile`
 */
export function elfSegments(data: Uint8Array, file: string): readonly ElfSegment[] {
  const view = viewOf(data, file);
  const headers = table(view, file, view.getUint32(28, true), SEGMENT_BYTES, view.getUint16(44, true));
  return headers
    .filter(at => view.getUint32(at, true) === LOAD && view.getUint32(at + 16, true) > 0)
    .map(at => ({ loadAddress: view.getUint32(at + 12, true), bytes: view.getUint32(at + 16, true) }));
}
