/** Attributes of an ONNX node by name and type, with the defaults that the operator's specification gives. */
import type { Origin } from '../../diagnostics/diagnostic.ts';
import { type Constant, decodeConstant } from './constant.ts';
import { refuseFile } from './decode.ts';
import { type RawAttribute, type RawNode, toNumber } from './schema.ts';

/** `AttributeProto.AttributeType` numbers. */
const TYPES = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const;

/** `fallback` is what the operator's specification gives where the node leaves the attribute out. */
export interface Attributes {
  has(name: string): boolean;
  int(name: string, fallback: number): number;
  float(name: string, fallback: number): number;
  string(name: string, fallback: string): string;
  /** Null where the attribute is absent. */
  ints(name: string): readonly number[] | null;
  floats(name: string): readonly number[] | null;
  tensor(name: string): Constant | null;
}

/** Reading an attribute under another type than the file gives it is a `malformedFile`, and so is NaN. */
export function attributesOf(node: RawNode, origin: Origin): Attributes {
  const byName = new Map(node.attribute.map(attribute => [attribute.name, attribute]));
  const read = <T>(name: string, type: keyof typeof TYPES, value: (attribute: RawAttribute) => T): T | null => {
    const attribute = byName.get(name);
    if (attribute === undefined) return null;
    // Type 0 (undefined) is what files of IR version 1 have.
    if (attribute.type !== 0 && attribute.type !== TYPES[type]) {
      return refuseFile(`attribute ${name} of ${node.opType} is not of type ${type}`, origin);
    }
    return value(attribute);
  };
  return {
    has: name => byName.has(name),
    int: (name, fallback) => read(name, 'int', a => toNumber(a.i)) ?? fallback,
    float(name, fallback) {
      const value = read(name, 'float', a => a.f) ?? fallback;
      return Number.isNaN(value) ? refuseFile(`attribute ${name} of ${node.opType} is not a number`, origin) : value;
    },
    string: (name, fallback) => read(name, 'string', a => new TextDecoder().decode(Uint8Array.from(a.s))) ?? fallback,
    ints: name => read(name, 'ints', a => a.ints.map(toNumber)),
    floats: name => read(name, 'floats', a => a.floats),
    tensor: name => read(name, 'tensor', a => (a.t === null ? null : decodeConstant(a.t, origin))),
  };
}
