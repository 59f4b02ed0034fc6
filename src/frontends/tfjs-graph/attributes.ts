/**
 * Attributes of a node by name and type. In the JSON of an `AttrValue` each type has a field of its own: `i`, `f`, `b`, `s`
 * and `list`; 64-bit integers may be strings, and byte strings are base64 or lists of character codes.
 */
import type { Origin } from '../../diagnostics/diagnostic.ts';
import { type Fields, isFields } from '../../formats/json.ts';
import { type GraphNode, refuseFile } from './decode.ts';

/** `fallback` is what TensorFlow gives where the node leaves the attribute out. */
export interface Attributes {
  bool(name: string, fallback: boolean): boolean;
  float(name: string, fallback: number): number;
  int(name: string, fallback: number): number;
  string(name: string, fallback: string): string;
  /** Empty where the attribute is absent. */
  ints(name: string): readonly number[];
  strings(name: string): readonly string[];
}

function integer(value: unknown): number | null {
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : null;
}

function byteString(value: unknown): string | null {
  if (Array.isArray(value)) {
    return value.every(code => Number.isInteger(code) && code >= 0 && code < 256)
      ? String.fromCharCode(...value)
      : null;
  }
  if (typeof value !== 'string') return null;
  try {
    return atob(value);
  } catch {
    return null;
  }
}

/** Reading an attribute under another type than the file gives it is a `malformedFile`, and so is NaN. */
export function attributesOf({ attributes, op }: GraphNode, origin: Origin): Attributes {
  const refuse = (name: string, type: string): never =>
    refuseFile(`attribute ${name} of ${op} is not of type ${type}`, origin);
  const entry = (name: string): Fields | null => {
    if (!Object.hasOwn(attributes, name)) return null;
    const value = attributes[name];
    return isFields(value) ? value : refuse(name, 'AttrValue');
  };
  const single = <T>(name: string, type: string, read: (value: Fields) => T | null): T | null => {
    const value = entry(name);
    return value === null ? null : (read(value) ?? refuse(name, type));
  };
  const list = <T>(name: string, field: string, type: string, read: (value: unknown) => T | null): readonly T[] => {
    const value = entry(name)?.['list'] ?? {};
    const elements = isFields(value) ? (value[field] ?? []) : null;
    if (!Array.isArray(elements)) return refuse(name, `list of ${type}`);
    return elements.map((element: unknown) => read(element) ?? refuse(name, `list of ${type}`));
  };
  return {
    bool: (name, fallback) => single(name, 'bool', ({ b }) => (typeof b === 'boolean' ? b : null)) ?? fallback,
    float: (name, fallback) =>
      single(name, 'float', ({ f }) => (typeof f === 'number' && Number.isFinite(f) ? f : null)) ?? fallback,
    int: (name, fallback) => single(name, 'int', ({ i }) => integer(i)) ?? fallback,
    string: (name, fallback) => single(name, 'string', ({ s }) => byteString(s)) ?? fallback,
    ints: name => list(name, 'i', 'int', integer),
    strings: name => list(name, 's', 'string', byteString),
  };
}

/** The sizes of a `TensorShapeProto`, null for each that is open; null as a whole where the rank is unknown. */
export function dimensionsOf(shape: unknown, origin: Origin): readonly (number | null)[] | null {
  if (shape === undefined) return null;
  if (!isFields(shape)) return refuseFile('the shape of the input is not an object', origin);
  if (shape['unknownRank'] === true) return null;
  const { dim } = shape;
  if (dim === undefined) return null;
  if (!Array.isArray(dim)) return refuseFile('the shape of the input has no list of dimensions', origin);
  return dim.map((entry: unknown) => {
    // Protobuf leaves a size of 0 out.
    const size = isFields(entry) ? integer(entry['size'] ?? 0) : null;
    if (size === null) return refuseFile('a dimension of the input is not a number', origin);
    return size < 1 ? null : size;
  });
}
