/** Numbers with a unit. The brand exists for the compiler only; at run time they are plain numbers. */
declare const unit: unique symbol;
type Branded<Unit extends string> = number & { readonly [unit]: Unit };

/** Sizes and offsets of memory. */
export type Bytes = Branded<'bytes'>;
/** Multiply-accumulates; a bias, a comparison or an addition counts as none (the paper's multiply-adds). */
export type Macs = Branded<'macs'>;
/** Place of a tensor in the list of its graph. */
export type TensorId = Branded<'tensor'>;

/** Give a plain number its unit. Nothing is checked. */
export const bytes = (value: number): Bytes => value as Bytes;
export const macs = (value: number): Macs => value as Macs;
export const tensorId = (value: number): TensorId => value as TensorId;
