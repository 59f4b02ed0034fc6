/** Attributes that hold text: names of layers and weights, and the configuration of a network. */
import { countOf, elementTypeOf, shapeOf } from './datatype.ts';
import { refuseForm } from './group.ts';
import { MESSAGE, type Message } from './header.ts';
import type { Source } from './source.ts';

/** Far more names than a network has, and a configuration of some MB. */
const MAX_TEXTS = 2 ** 16;
const MAX_TEXT_BYTES = 2 ** 26;

const padded = (size: number, to: number): number => Math.ceil(size / to) * to;

interface Parts {
  readonly name: string;
  readonly datatype: number;
  readonly dataspace: number;
  readonly data: number;
}

/** Where the parts of an attribute lie; versions 2 and 3 do not pad them. */
function partsOf(source: Source, at: number): Parts | null {
  const version = source.number(at, 1);
  if (version < 1 || version > 3) source.refuse(`an attribute of version ${version}`);
  // A committed datatype lies elsewhere; h5py writes none.
  if (version > 1 && source.number(at + 1, 1) !== 0) return null;
  const unit = version === 1 ? 8 : 1;
  const [nameSize, typeSize, spaceSize] = [2, 4, 6].map(offset => source.number(at + offset, 2)) as [
    number,
    number,
    number,
  ];
  const name = at + (version === 3 ? 9 : 8);
  const datatype = name + padded(nameSize, unit);
  const dataspace = datatype + padded(typeSize, unit);
  return { name: source.text(name, nameSize), datatype, dataspace, data: dataspace + padded(spaceSize, unit) };
}

/** The object of a global heap that a reference (length, address, index) stands for. */
function heapText(source: Source, at: number): string {
  const length = source.number(at, 4);
  const heap = source.address(at + 4);
  const index = source.number(at + 4 + source.offsetSize, 4);
  if (length === 0 || heap === null) return '';
  if (!source.signed(heap, 'GCOL')) source.refuse(`no heap of texts lies at ${heap}`);
  const end = heap + source.length(heap + 8);
  source.need(heap, end - heap);
  const prefix = 8 + source.lengthSize;
  for (let next = heap + 8 + source.lengthSize; next + prefix <= end; ) {
    source.step();
    const size = source.length(next + 8);
    if (source.number(next, 2) === index) return source.text(next + prefix, Math.min(length, size));
    next += prefix + padded(size, 8);
  }
  return source.refuse('a text is missing from its heap');
}

function textsOf(source: Source, { datatype, dataspace, data }: Parts): readonly string[] | null {
  const type = elementTypeOf(source, datatype);
  if (type.kind !== 'text') return null;
  const count = countOf(source, shapeOf(source, dataspace));
  if (count > MAX_TEXTS || count * type.size > MAX_TEXT_BYTES) source.refuse(`an attribute of ${count} texts`);
  source.need(data, count * type.size);
  const texts: string[] = [];
  let characters = 0;
  for (let i = 0; i < count; i += 1) {
    const at = data + i * type.size;
    const text = type.variable ? heapText(source, at) : source.text(at, type.size);
    characters += text.length;
    if (characters > MAX_TEXT_BYTES) source.refuse('an attribute of too many texts');
    texts.push(text);
  }
  return texts;
}

/** The text in attribute `name` of an object: one entry for a single value, several for a list; null where it has none. */
export function readTexts(source: Source, messages: readonly Message[], name: string): readonly string[] | null {
  for (const { type, at } of messages) {
    if (type !== MESSAGE.attribute) continue;
    const parts = partsOf(source, at);
    if (parts?.name === name) return textsOf(source, parts);
  }
  const info = messages.find(({ type }) => type === MESSAGE.attributeInfo);
  if (info !== undefined) {
    const indexed = (source.number(info.at + 1, 1) & 1) !== 0;
    if (source.address(info.at + 2 + (indexed ? 2 : 0)) !== null) refuseForm(source, 'attributes with a fractal heap');
  }
  return null;
}
