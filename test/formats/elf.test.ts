/** The reader of ELF files against files that are written here byte by byte, and damaged ones. */
import { expect, test } from 'vitest';
import { elfSections, elfSegments } from '../../src/formats/elf.ts';
import { refusalOf } from '../support/refusal.ts';

const HEADER = 52;
const NAMES = '\0.text\0.bss\0.comment\0.shstrtab\0';

/** Two sections that take memory, one that does not, the names; one segment to load and one that is empty. */
function elf(): Uint8Array {
  const segments = HEADER;
  const names = segments + 2 * 32;
  const sections = names + NAMES.length;
  const data = new Uint8Array(sections + 5 * 40);
  const view = new DataView(data.buffer);
  const words = (at: number, ...values: readonly number[]): void => {
    for (const [i, value] of values.entries()) view.setUint32(at + 4 * i, value, true);
  };
  data.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint32(28, segments, true);
  view.setUint32(32, sections, true);
  view.setUint16(44, 2, true);
  view.setUint16(48, 5, true);
  view.setUint16(50, 4, true);
  data.set(new TextEncoder().encode(NAMES), names);
  // type, offset, virtual address, load address, bytes in the file
  words(segments, 1, 0, 0x2000_0000, 0x0800_0100, 12);
  words(segments + 32, 1, 0, 0x2000_0000, 0x0800_0200, 0);
  // name, type, flags, address, offset, size
  words(sections + 40, NAMES.indexOf('.text'), 1, 2 | 4, 0x0800_0000, 0, 256);
  words(sections + 80, NAMES.indexOf('.bss'), 8, 1 | 2, 0x2000_0000, 0, 64);
  words(sections + 120, NAMES.indexOf('.comment'), 1, 0, 0, 0, 30);
  words(sections + 160, NAMES.indexOf('.shstrtab'), 3, 0, 0, names, NAMES.length);
  return data;
}

test('sections that take memory, with where they lie', () => {
  expect(elfSections(elf(), 'a.elf')).toEqual([
    { name: '.text', address: 0x0800_0000, bytes: 256, inFile: true, writable: false, executable: true },
    { name: '.bss', address: 0x2000_0000, bytes: 64, inFile: false, writable: true, executable: false },
  ]);
});

test('segments are what a loader writes, at the place where it writes it', () => {
  expect(elfSegments(elf(), 'a.elf')).toEqual([{ loadAddress: 0x0800_0100, bytes: 12 }]);
});

test('a file that is no ELF file, or of another class or byte order, is refused by name', () => {
  for (const damage of [
    [0, 0x00],
    [4, 2],
    [5, 2],
  ] as const) {
    const data = elf();
    data[damage[0]] = damage[1];
    const diagnostic = refusalOf(() => elfSections(data, 'a.elf'));
    expect(diagnostic).toMatchObject({ code: 'SNUG202', origin: { file: 'a.elf' } });
  }
});

test('every cut of a file is refused or read, and never reads beyond it', () => {
  const data = elf();
  for (let length = 0; length < data.length; length += 1) {
    const cut = data.subarray(0, length);
    expect(refusalOf(() => elfSections(cut, 'a.elf'))).toMatchObject({ code: 'SNUG202' });
  }
});
