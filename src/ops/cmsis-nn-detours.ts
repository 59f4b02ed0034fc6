/**
 * Ways around what some of CMSIS-NN's functions get wrong, so that every layer is right with every release and on every core.
 * Each changes how a call is written and not what it computes. docs/cmsis-nn.md tells which functions and why.
 */
import type { ConstTable, FieldValue, KernelCall, StructField } from '../ir/kernel-call.ts';
import type { MapShape } from '../ir/shape.ts';
import { roundUp } from './lowering.ts';
import { resolvePadding, type Window } from './window.ts';

function turnedFields(fields: readonly StructField[]): readonly StructField[] {
  const find = (name: string): FieldValue | undefined => fields.find(field => field.name === name)?.value;
  const [height, width] = [find('h'), find('w')];
  return fields.map(({ name, value }) => {
    if (name === 'h' && width !== undefined) return { name, value: width };
    if (name === 'w' && height !== undefined) return { name, value: height };
    return { name, value: Array.isArray(value) ? turnedFields(value as readonly StructField[]) : value };
  });
}

/**
 * The same call with height and width exchanged in all of its structs: for a window of one row from a map of one row to
 * another, which has the same bytes as one column over a column. On MVE the functions for one row are wrong for some
 * paddings.
 */
export function turned(call: KernelCall): KernelCall {
  return { ...call, locals: call.locals.map(local => ({ ...local, fields: turnedFields(local.fields) })) };
}

/** True where a window has several columns and one row. */
export function isRowWindow({ kernel }: Window): boolean {
  return kernel[0] === 1 && kernel[1] > 1;
}

/** True where `turned` has the same bytes: padding above and below must make no further rows, which would become columns. */
export function isTurnable(window: Window, input: MapShape, output: MapShape): boolean {
  return isRowWindow(window) && input.height === 1 && output.height === 1;
}

/**
 * True where a window of one row over a map of one row makes several rows, of which all but one lie in the padding. It cannot
 * be turned; with a row of zeros below, it is a window of two rows, which takes the ordinary functions.
 */
export function needsZeroRow(window: Window, input: MapShape, output: MapShape): boolean {
  return isRowWindow(window) && input.height === 1 && output.height > 1;
}

/** Weights of windows of one row, each with a row of zeros behind it; `rowLength` values are a row. */
export function withZeroRow(weights: Int8Array, rowLength: number): Int8Array {
  const tall = new Int8Array(weights.length * 2);
  for (let from = 0; from < weights.length; from += rowLength) {
    tall.set(weights.subarray(from, from + rowLength), 2 * from);
  }
  return tall;
}

/**
 * Dilation to pass for a window: 1, or 2 for a single tap with padding, of which dilation changes nothing. It keeps the call
 * from the functions for 1 × 1 windows, which know padding neither at the bottom nor on the right.
 */
export function dilationOf(window: Window, input: MapShape): readonly [number, number] {
  const padded = Object.values(resolvePadding(window, input)).some(pixels => pixels > 0);
  return padded && window.kernel[0] === 1 && window.kernel[1] === 1 ? [2, 2] : [1, 1];
}

/**
 * True where the fast path for depthwise 3 × 3 windows would read beyond a row: it checks the left and the right column and
 * takes the middle one to lie inside.
 */
export function leavesMiddleColumn(window: Window, input: MapShape, outputWidth: number): boolean {
  const { left } = resolvePadding(window, input);
  // Padding at the top does not count: of a call over some rows it is known only while the program runs.
  const fast = window.kernel[0] === 3 && window.kernel[1] === 3 && left <= 1;
  return fast && (outputWidth - 1) * window.stride[1] - left + 1 >= input.width;
}

/** Depthwise weights [kh, kw, channels] with a column of zeros on the right: [kh, kw + 1, channels]. */
export function withZeroColumn(
  weights: Int8Array,
  [height, width]: readonly [number, number],
  channels: number,
): Int8Array {
  const wide = new Int8Array(height * (width + 1) * channels);
  for (let y = 0; y < height; y += 1) {
    const row = weights.subarray(y * width * channels, (y + 1) * width * channels);
    wide.set(row, y * (width + 1) * channels);
  }
  return wide;
}

/**
 * Depthwise tables with zeros behind them, so that a kernel that takes four channels at a time reads nothing else where the
 * number of channels is no multiple of four.
 */
export function paddedTables(tables: readonly ConstTable[], channels: number): readonly ConstTable[] {
  const more = roundUp(channels, 4) - channels;
  if (more === 0) return tables;
  return tables.map(table => {
    const data =
      table.data instanceof Int8Array ? new Int8Array(table.data.length + more) : new Int32Array(channels + more);
    data.set(table.data);
    return { ...table, data, comment: `${table.comment}; ${more} zeros behind them` };
  });
}
