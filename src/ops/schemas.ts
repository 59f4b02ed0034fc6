/**
 * What attributes and constants of operators must be in a graph that is read from a file, which may be damaged: types and
 * bounds of each value. What values must be to each other is checked by the operator's `prove`.
 */
import { z } from 'zod';
import { INT8_MAX, INT8_MIN, type Int8Clamp, type RealClamp } from '../ir/quantization.ts';
import type { Multiplier } from '../numerics/fixed-point.ts';
import type { ExplicitPadding, Padding, Window } from './window.ts';

/** Pixels of a side; sums and products of a few of them fit into the int32 of the C. */
const MAX_PIXELS = 2 ** 24;

/** A whole number above 0. */
export const count: z.ZodType<number> = z
  .int()
  .min(1)
  .max(2 ** 26);
const pixels = z.int().min(0).max(MAX_PIXELS);
const sides = z.tuple([z.int().min(1).max(MAX_PIXELS), z.int().min(1).max(MAX_PIXELS)]);

/** Pixels on each of the four sides. */
export const explicitPadding: z.ZodType<ExplicitPadding> = z.strictObject({
  top: pixels,
  bottom: pixels,
  left: pixels,
  right: pixels,
});

/** The fields of a window. */
export const windowFields: { readonly [K in keyof Window]: z.ZodType<Window[K]> } = {
  kernel: sides,
  stride: sides,
  padding: z.union([z.literal('same'), z.literal('valid'), explicitPadding]) as z.ZodType<Padding>,
};

/** A bound may be infinite, and is never NaN. */
const bound = z.custom<number>(value => typeof value === 'number' && !Number.isNaN(value), 'expected a number');

/** Real bounds in their order. */
export const realClamp: z.ZodType<RealClamp> = z
  .strictObject({ min: bound, max: bound })
  .refine(({ min, max }) => min <= max, 'expected min to be at most max');

/** A fused activation, or none. */
export const activation: z.ZodType<RealClamp | null> = z.nullable(realClamp);

const int8 = z.int().min(INT8_MIN).max(INT8_MAX);

/** Int8 bounds in their order. */
export const int8Clamp: z.ZodType<Int8Clamp> = z
  .strictObject({ min: int8, max: int8 })
  .refine(({ min, max }) => min <= max, 'expected min to be at most max');

/** Whether a factor has the form that kernels take: 0, or a mantissa of 31 bits and a shift that int32 allows. */
export function isMultiplier(multiplier: number, shift: number, minShift: number, maxShift: number): boolean {
  if (!Number.isInteger(shift) || shift < minShift || shift > maxShift) return false;
  return multiplier === 0 || (Number.isInteger(multiplier) && multiplier >= 2 ** 30 && multiplier < 2 ** 31);
}

/** A factor below 2^maxShift in fixed point. */
export function multiplier(maxShift: number): z.ZodType<Multiplier> {
  return z
    .strictObject({ multiplier: z.int(), shift: z.int() })
    .refine(
      value => isMultiplier(value.multiplier, value.shift, -31, maxShift),
      `expected a factor below 2^${maxShift} in fixed point`,
    );
}

/** For operators without attributes or without constants. */
export const nothing: z.ZodType<Record<never, never>> = z.strictObject({});
