/** Pickles, opcode by opcode, and PyTorch archives around them. */
import { zipSync } from 'fflate';

const latin = (text: string): number[] => [...text].map(c => c.charCodeAt(0));
const u32 = (value: number): number[] => [0, 8, 16, 24].map(shift => (value >>> shift) & 0xff);

type Code = readonly number[];

interface Opcodes
  extends Readonly<
    Record<
      | 'proto'
      | 'stop'
      | 'mark'
      | 'none'
      | 'emptyDict'
      | 'emptyList'
      | 'emptyTuple'
      | 'tuple'
      | 'tuple1'
      | 'tuple2'
      | 'append'
      | 'setItem'
      | 'setItems'
      | 'reduce'
      | 'build'
      | 'persistentId'
      | 'stackGlobal'
      | 'memoize',
      Code
    >
  > {
  int(value: number): number[];
  text(value: string): number[];
  global(module: string, name: string): number[];
  put(index: number): number[];
  get(index: number): number[];
}

/** Opcodes by name; each is bytes, and a program is a list of them. */
export const op: Opcodes = {
  proto: [0x80, 2],
  stop: latin('.'),
  mark: latin('('),
  none: latin('N'),
  emptyDict: latin('}'),
  emptyList: latin(']'),
  emptyTuple: latin(')'),
  tuple: latin('t'),
  tuple1: [0x85],
  tuple2: [0x86],
  append: latin('a'),
  setItem: latin('s'),
  setItems: latin('u'),
  reduce: latin('R'),
  build: latin('b'),
  persistentId: latin('Q'),
  stackGlobal: [0x93],
  memoize: [0x94],
  int: (value: number): number[] => [...latin('J'), ...u32(value)],
  text: (value: string): number[] => [...latin('X'), ...u32(value.length), ...latin(value)],
  global: (module: string, name: string): number[] => latin(`c${module}\n${name}\n`),
  put: (index: number): number[] => [...latin('r'), ...u32(index)],
  get: (index: number): number[] => [...latin('j'), ...u32(index)],
};

export function pickle(...program: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from([...op.proto, ...program.flat(), ...op.stop]);
}

export const counts = (...values: readonly number[]): number[] => [op.mark, ...values.map(op.int), op.tuple].flat();

/** What `torch.save` writes for a tensor. */
export function tensor(
  key: string,
  view: { readonly offset?: number; readonly shape: readonly number[]; readonly strides: readonly number[] },
  storage = 'FloatStorage',
): number[] {
  const id = [
    op.mark,
    op.text('storage'),
    op.global('torch', storage),
    op.text(key),
    op.text('cpu'),
    op.int(0),
    op.tuple,
  ];
  return [
    op.global('torch._utils', '_rebuild_tensor_v2'),
    op.mark,
    ...id,
    op.persistentId,
    op.int(view.offset ?? 0),
    counts(...view.shape),
    counts(...view.strides),
    op.none,
    op.none,
    op.tuple,
    op.reduce,
  ].flat();
}

export function dict(entries: Readonly<Record<string, readonly number[]>>): number[] {
  return [
    op.emptyDict,
    op.mark,
    ...Object.entries(entries).flatMap(([key, value]) => [op.text(key), value]),
    op.setItems,
  ].flat();
}

/** An archive of PyTorch 1.6 and later. */
export function torchArchive(
  object: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>>,
  more: Readonly<Record<string, Uint8Array>> = {},
): Uint8Array {
  const data = Object.entries(storages).map(([key, bytes]) => [`net/data/${key}`, bytes] as const);
  const files = { 'net/data.pkl': object, ...Object.fromEntries(data), ...more };
  return zipSync(files, { level: 0 });
}

export function floats(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}
