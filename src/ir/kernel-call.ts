/**
 * What an operator lowers to: one C function call with its constant arguments, as data. The code generator prints it
 * without knowing the operator, so that a new operator needs no new template.
 */
import type { Bytes } from './units.ts';

/** Scratch that a kernel needs, by instruction set of the core, where gcc compiles it (`docs/cmsis-nn.md`). */
export interface ScratchBytes {
  readonly c: Bytes;
  readonly dsp: Bytes;
  readonly mve: Bytes;
}

/** What a program needs that must run on whichever core its C is compiled for, in bytes. */
export function onAnyCore({ c, dsp, mve }: ScratchBytes): number {
  return Math.max(c, dsp, mve);
}

/** Instruction set of a core: plain C, the DSP extension, or MVE (Helium). */
export type Core = keyof ScratchBytes;

/** A constant table in flash. */
export interface ConstTable {
  /** `weights`, `bias`, `multipliers`, `shifts`: the layer's name goes in front of it in the output. */
  readonly name: string;
  readonly comment: string;
  readonly data: Int8Array | Int32Array;
}

/** A struct of CMSIS-NN that is passed by address: type, variable name, and fields in the order of the declaration. */
export interface StructLocal {
  readonly type: string;
  readonly name: string;
  readonly fields: readonly StructField[];
}

/** One field of a C struct, in the place that the declaration gives it. */
export interface StructField {
  readonly name: string;
  readonly value: FieldValue;
}

/**
 * What a program knows only while it runs, where a layer works on a part of its map. `count`: output pixels of this call,
 * `times` a factor. `position`: index of the first of them in the map. `rows`: input rows at hand. `top`: rows of padding
 * above these. `capacity`: pixels that the input's line buffer holds.
 */
export interface RunTimeValue {
  readonly runtime: 'count' | 'position' | 'rows' | 'top' | 'capacity';
  /** 1 unless given. */
  readonly times?: number;
}

/** A number, a table of the same call by name, what is known at run time, or a nested struct. */
export type FieldValue = number | { readonly table: string } | RunTimeValue | readonly StructField[];

/**
 * One argument of the call. `input` and `output` are pointers to activations, `context` is the scratch buffer, `local`
 * the address of a `StructLocal`, `number` a constant with the name that a comment in the C gives it, and `window` the
 * address of the layer's `flow_window`.
 */
export type Argument =
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'output' }
  | { readonly kind: 'context' }
  | { readonly kind: 'local'; readonly name: string }
  | { readonly kind: 'table'; readonly name: string }
  | { readonly kind: 'number'; readonly name: string; readonly value: number }
  | { readonly kind: 'runtime'; readonly name: string; readonly value: RunTimeValue }
  | { readonly kind: 'window' };

/** Where a function comes from: CMSIS-NN's API (the library or the portable kernels), or a helper that snug emits. */
export type KernelLibrary = 'cmsis-nn' | 'snug';

/** One call of a C function over one layer. Tables and locals are referred to by name in `arguments`. */
export interface KernelCall {
  readonly library: KernelLibrary;
  readonly function: string;
  /** False for functions that return void. */
  readonly returnsStatus: boolean;
  readonly tables: readonly ConstTable[];
  readonly locals: readonly StructLocal[];
  /** In the order of the C declaration. */
  readonly arguments: readonly Argument[];
  /** What the kernel needs while it runs; nothing in it is kept for the next call. */
  readonly scratch: ScratchBytes;
  /** The same with the DSP extension where armclang compiles the library; `scratch.dsp` unless given. */
  readonly armclangScratch?: Bytes;
}

/** How a node executes: a kernel call, or nothing at all because its output is its input under another shape. */
export type Lowering = { readonly kind: 'call'; readonly call: KernelCall } | { readonly kind: 'alias' };
