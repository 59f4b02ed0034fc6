/**
 * Python pickles of protocols 2 to 5, read as data. A pickle is a program for a small stack machine whose opcodes can import
 * and call anything; here names stay names, calls that are not known to stand for data become objects without content, and
 * nothing is run. Source: `pickletools.py` of CPython, which describes every opcode. Values that the program refers to
 * repeatedly are shared and not copied, and the number of opcodes is limited, so that memory stays in proportion to the file.
 */
import { PickleReader } from './reader.ts';
import { PickleStack } from './stack.ts';
import { PickleDict, PickleGlobal, type PickleHost, PickleObject } from './values.ts';

/** A state dict takes some 60 opcodes for each tensor. */
const MOST_OPCODES = 2 ** 19;
/** Characters of a class and its module. */
const LONGEST_NAME = 1000;

/** The state of the machine while one pickle is read. */
interface Machine {
  readonly reader: PickleReader;
  readonly stack: PickleStack;
  readonly memo: Map<number, unknown>;
  readonly host: PickleHost;
}

function call({ host }: Machine, callable: unknown, args: unknown): unknown {
  if (!(callable instanceof PickleGlobal)) {
    return new PickleObject(callable instanceof PickleObject ? callable.path : 'an object that is no class');
  }
  const value = host.construct(callable, Array.isArray(args) ? args : []);
  return value === undefined ? new PickleObject(callable.path) : value;
}

function persistent({ host, reader }: Machine, id: unknown): unknown {
  return host.persistent(id) ?? reader.refuse('it refers to an object outside of it that is no storage');
}

function setItems(target: unknown, items: readonly unknown[]): void {
  if (!(target instanceof PickleDict)) return;
  for (let i = 0; i + 1 < items.length; i += 2) target.entries.set(items[i], items[i + 1]);
}

function dictOf(items: readonly unknown[]): PickleDict {
  const dict = new PickleDict();
  setItems(dict, items);
  return dict;
}

/** Objects that are not interpreted take their items without keeping them. */
function append(target: unknown, items: readonly unknown[]): void {
  if (!Array.isArray(target)) return;
  for (const item of items) target.push(item);
}

function build({ stack }: Machine): void {
  const state = stack.pop();
  const target = stack.top();
  if (target instanceof PickleObject) target.state = state;
}

function globalNamed({ reader }: Machine, module: unknown, name: unknown): PickleGlobal {
  if (typeof module !== 'string' || typeof name !== 'string' || module.length + name.length > LONGEST_NAME) {
    return reader.refuse(`the class at byte ${reader.position} has no name, or an impossible one`);
  }
  return new PickleGlobal(module, name);
}

function stackGlobal(machine: Machine): PickleGlobal {
  const [module, name] = popped(machine, 2);
  return globalNamed(machine, module, name);
}

function recall({ memo, reader }: Machine, index: number): unknown {
  return memo.has(index) ? memo.get(index) : reader.refuse(`it refers to value ${index}, which it did not store`);
}

/** The last `count` values, in their order. */
function popped({ stack }: Machine, count: number): unknown[] {
  return Array.from({ length: count }, () => stack.pop()).toReversed();
}

type Opcode = (machine: Machine) => void;

const pushing =
  (read: (machine: Machine) => unknown): Opcode =>
  machine =>
    machine.stack.push(read(machine));
const onMarked =
  (act: (target: unknown, items: readonly unknown[]) => void): Opcode =>
  ({ stack }) => {
    const items = stack.popMark();
    act(stack.top(), items);
  };
const onPopped =
  (count: number, act: (target: unknown, items: readonly unknown[]) => void): Opcode =>
  machine => {
    const items = popped(machine, count);
    act(machine.stack.top(), items);
  };
const reduce = pushing(machine => {
  const [callable, args] = popped(machine, 2);
  return call(machine, callable, args);
});

/** The keywords are not kept: none of the known classes has any. */
const newObjectWithKeywords: Opcode = machine => {
  machine.stack.pop();
  reduce(machine);
};

/** By the opcode's byte. STOP is the loop's own; those of protocol 0, extensions and out-of-band buffers are left out. */
const OPCODES: ReadonlyMap<number, Opcode> = new Map<number, Opcode>([
  [0x80, ({ reader }) => void reader.byte()], // PROTO
  [0x95, ({ reader }) => void reader.uint64()], // FRAME
  [0x28, ({ stack }) => stack.mark()], // MARK
  [0x30, ({ stack }) => stack.discard()], // POP
  [0x31, ({ stack }) => void stack.popMark()], // POP_MARK
  [0x32, pushing(({ stack }) => stack.top())], // DUP
  [0x4e, pushing(() => null)], // NONE
  [0x88, pushing(() => true)], // NEWTRUE
  [0x89, pushing(() => false)], // NEWFALSE
  [0x4a, pushing(({ reader }) => reader.int32())], // BININT
  [0x4b, pushing(({ reader }) => reader.byte())], // BININT1
  [0x4d, pushing(({ reader }) => reader.uint16())], // BININT2
  [0x8a, pushing(({ reader }) => reader.integer(reader.byte()))], // LONG1
  [0x8b, pushing(({ reader }) => reader.integer(reader.uint32()))], // LONG4
  [0x47, pushing(({ reader }) => reader.float64())], // BINFLOAT
  [0x54, pushing(({ reader }) => reader.text(reader.uint32()))], // BINSTRING
  [0x55, pushing(({ reader }) => reader.text(reader.byte()))], // SHORT_BINSTRING
  [0x58, pushing(({ reader }) => reader.text(reader.uint32()))], // BINUNICODE
  [0x8c, pushing(({ reader }) => reader.text(reader.byte()))], // SHORT_BINUNICODE
  [0x8d, pushing(({ reader }) => reader.text(reader.uint64()))], // BINUNICODE8
  [0x42, pushing(({ reader }) => reader.bytes(reader.uint32()))], // BINBYTES
  [0x43, pushing(({ reader }) => reader.bytes(reader.byte()))], // SHORT_BINBYTES
  [0x8e, pushing(({ reader }) => reader.bytes(reader.uint64()))], // BINBYTES8
  [0x96, pushing(({ reader }) => reader.bytes(reader.uint64()))], // BYTEARRAY8
  [0x5d, pushing(() => [])], // EMPTY_LIST
  [0x29, pushing(() => [])], // EMPTY_TUPLE
  [0x7d, pushing(() => new PickleDict())], // EMPTY_DICT
  [0x8f, pushing(() => [])], // EMPTY_SET
  [0x6c, pushing(({ stack }) => stack.popMark())], // LIST
  [0x74, pushing(({ stack }) => stack.popMark())], // TUPLE
  [0x91, pushing(({ stack }) => stack.popMark())], // FROZENSET
  [0x64, pushing(({ stack }) => dictOf(stack.popMark()))], // DICT
  [0x85, pushing(machine => popped(machine, 1))], // TUPLE1
  [0x86, pushing(machine => popped(machine, 2))], // TUPLE2
  [0x87, pushing(machine => popped(machine, 3))], // TUPLE3
  [0x61, onPopped(1, append)], // APPEND
  [0x65, onMarked(append)], // APPENDS
  [0x90, onMarked(append)], // ADDITEMS
  [0x73, onPopped(2, setItems)], // SETITEM
  [0x75, onMarked(setItems)], // SETITEMS
  [0x71, ({ memo, reader, stack }) => void memo.set(reader.byte(), stack.top())], // BINPUT
  [0x72, ({ memo, reader, stack }) => void memo.set(reader.uint32(), stack.top())], // LONG_BINPUT
  [0x94, ({ memo, stack }) => void memo.set(memo.size, stack.top())], // MEMOIZE
  [0x68, pushing(machine => recall(machine, machine.reader.byte()))], // BINGET
  [0x6a, pushing(machine => recall(machine, machine.reader.uint32()))], // LONG_BINGET
  [0x63, pushing(machine => globalNamed(machine, machine.reader.line(), machine.reader.line()))], // GLOBAL
  [0x93, pushing(stackGlobal)], // STACK_GLOBAL
  [0x52, reduce], // REDUCE
  [0x81, reduce], // NEWOBJ
  [0x92, newObjectWithKeywords], // NEWOBJ_EX
  [0x62, build], // BUILD
  [0x51, pushing(machine => persistent(machine, machine.stack.pop()))], // BINPERSID
]);

const STOP = 0x2e;

/** A value, and the offset of the byte behind the pickle that it came from. */
export interface Unpickled {
  readonly value: unknown;
  readonly end: number;
}

/**
 * Reads one pickle. Lists, tuples and sets become arrays, texts strings, and integers numbers (bigints beyond 2^53).
 * @param start offset of its first byte
 * @param host makes data of the classes and functions that stand for it
 * @param refuse throws; it is told what is damaged
 */
export function unpickle(
  bytes: Uint8Array,
  start: number,
  host: PickleHost,
  refuse: (problem: string) => never,
): Unpickled {
  const reader = new PickleReader(bytes, start, refuse);
  const machine: Machine = { reader, stack: new PickleStack(reader), memo: new Map(), host };
  for (let count = 0; count < MOST_OPCODES; count += 1) {
    const code = reader.byte();
    if (code === STOP) return { value: machine.stack.pop(), end: reader.position };
    const opcode = OPCODES.get(code);
    if (opcode === undefined) refuse(`opcode 0x${code.toString(16).padStart(2, '0')} at byte ${reader.position - 1}`);
    opcode(machine);
  }
  return refuse(`it has more than ${MOST_OPCODES} opcodes`);
}
