/** Numbers with a unit. The brand exists for the compiler only; at run time they are plain numbers. */
declare const unit: unique symbol;
type Branded<Unit extends string> = number & { readonly [unit]: Unit };

/** Sizes and offsets of memory. */
export type Bytes = Branded<'bytes'>;
/** Multiply-accumulates; a bias, a comparison or an addition counts as none (the paper's multiply-adds). */
export type Macs = Branded<'macs'>;
/** Place of a tensor in the list of its graph. */
export type TensorId = Branded<'tensor'>;

const SIZE = /^(\d+(?:\.\d+)?)(?:([KM])(?:i?B)?)?$/i;

/** Bytes of `131072`, `128K`, `128KiB` or `1M`; 1 K is 1024 bytes. Null where the text is no size, or no whole number of bytes. */
export function parseSize(text: string): Bytes | null {
  const match = SIZE.exec(text.trim());
  if (match === null) return null;
  const unit = match[2]?.toUpperCase();
  const value = Number(match[1]) * (unit === 'M' ? 2 ** 20 : unit === 'K' ? 2 ** 10 : 1);
  return Number.isInteger(value) ? (value as Bytes) : null;
}

/** Give a plain number its unit. Nothing is checked. */
export const bytes = (value: number): Bytes => value as Bytes;
export const macs = (value: number): Macs => value as Macs;
export const tensorId = (value: number): TensorId => value as TensorId;
