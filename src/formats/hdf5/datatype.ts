/** Element types and shapes (datatype and dataspace messages), as far as weights and names of networks need them. */
import type { FloatType } from '../float-tensor.ts';
import type { Source } from './source.ts';

/** What one element is. Types that are none of the three are named for errors. */
export type ElementType =
  | { readonly kind: 'float'; readonly type: FloatType; readonly size: number; readonly littleEndian: boolean }
  | { readonly kind: 'text'; readonly size: number; readonly variable: boolean }
  | { readonly kind: 'other'; readonly name: string; readonly size: number };

const CLASSES = ['integer', 'float', 'time', 'text', 'bits', 'opaque', 'compound', 'reference', 'enumeration', 'list'];
const FLOAT = 1;
const TEXT = 3;
const LIST = 9;

/** By bytes and bits of the exponent. */
const FLOATS: ReadonlyMap<string, FloatType> = new Map([
  ['2/5', 'F16'],
  ['2/8', 'BF16'],
  ['4/8', 'F32'],
  ['8/11', 'F64'],
]);

/** The type as an error, or a table of tensors, names it. */
export function typeName(type: ElementType): string {
  return type.kind === 'float' ? type.type : type.kind === 'other' ? type.name : type.kind;
}

/** Reads a datatype message. */
export function elementTypeOf(source: Source, at: number): ElementType {
  const kind = source.number(at, 1) & 15;
  const bits = source.number(at + 1, 1);
  const size = source.number(at + 4, 4);
  if (kind === FLOAT) {
    const type = FLOATS.get(`${size}/${source.number(at + 13, 1)}`);
    // Bit 6 with bit 0 is VAX order.
    if (type !== undefined && (bits & 0x40) === 0) return { kind: 'float', type, size, littleEndian: (bits & 1) === 0 };
  }
  if (kind === TEXT) return { kind: 'text', size, variable: false };
  if (kind === LIST && (bits & 15) === 1) return { kind: 'text', size, variable: true };
  return { kind: 'other', name: `${CLASSES[kind] ?? 'unknown type'} of ${size} bytes`, size };
}

const MAX_RANK = 8;

/** Reads a dataspace message: no dimensions for a single value, a dimension of 0 for none. */
export function shapeOf(source: Source, at: number): readonly number[] {
  const version = source.number(at, 1);
  const rank = source.number(at + 1, 1);
  if (version !== 1 && version !== 2) source.refuse(`a shape of version ${version}`);
  if (rank > MAX_RANK) source.refuse(`a shape of ${rank} dimensions`);
  const isNull = version === 2 && source.number(at + 3, 1) === 2;
  const first = at + (version === 1 ? 8 : 4);
  const shape = Array.from({ length: rank }, (_, i) => source.length(first + i * source.lengthSize));
  return isNull ? [0] : shape;
}

/** Number of elements; refuses more than can be counted exactly. */
export function countOf(source: Source, shape: readonly number[]): number {
  const count = shape.reduce((product, size) => product * size, 1);
  return Number.isSafeInteger(count) ? count : source.refuse(`the impossible shape ${shape.join('×')}`);
}
