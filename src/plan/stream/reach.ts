/**
 * Which pixels of an earlier map an output pixel needs, through any number of windows. Rows and columns are independent, so
 * a reach is two arrays as long as the sides of the output map, and every figure below costs as much as these are long.
 * Source: receptive field arithmetic, Araujo, Norris and Sim 2019, "Computing Receptive Fields of Convolutional Neural
 * Networks"; here with exact borders instead of one size for all positions.
 *
 * Windows are clipped to the map; one that lies in the padding alone counts as reading the nearest row or column, which the
 * program waits for as well.
 */

/** For each position along one side of the output: the first and the last position of the earlier map that it needs. */
export interface AxisReach {
  readonly first: Int32Array;
  readonly last: Int32Array;
  /**
   * True where the position before needs just as far: then the need of the whole position before may reach further than
   * `last` says across the other side.
   */
  readonly repeats: Uint8Array;
}

/** Rows and columns that the pixels of a map need of an earlier map of `height` × `width`. */
export interface Reach {
  readonly height: number;
  readonly width: number;
  readonly rows: AxisReach;
  readonly columns: AxisReach;
}

const clip = (value: number, size: number): number => Math.min(Math.max(value, 0), size - 1);

// Loops, here and below: a search plans hundreds of networks, and the `from` of typed arrays calls a function for each item.

function repeatsOf(last: Int32Array): Uint8Array {
  const repeats = new Uint8Array(last.length);
  for (let i = 1; i < last.length; i += 1) repeats[i] = last[i - 1] === last[i] ? 1 : 0;
  return repeats;
}

/** Reach of a window along one side; sizes in positions. */
export function windowAxis(
  input: number,
  output: number,
  { kernel, stride, before }: { readonly kernel: number; readonly stride: number; readonly before: number },
): AxisReach {
  const first = new Int32Array(output);
  const last = new Int32Array(output);
  for (let i = 0; i < output; i += 1) {
    first[i] = clip(i * stride - before, input);
    last[i] = clip(i * stride - before + kernel - 1, input);
  }
  return { first, last, repeats: repeatsOf(last) };
}

/**
 * The reach where positions are computed in blocks of `size`, all of them or none: each position needs what the last one of
 * its block needs, and holds on to what the first one needs.
 */
export function inBlocks({ first, last }: AxisReach, size: number): AxisReach {
  const end = last.length - 1;
  const [blockedFirst, blockedLast] = [new Int32Array(last.length), new Int32Array(last.length)];
  for (let i = 0; i <= end; i += 1) {
    const start = i - (i % size);
    blockedFirst[i] = first[start]!;
    blockedLast[i] = last[Math.min(start + size - 1, end)]!;
  }
  return { first: blockedFirst, last: blockedLast, repeats: repeatsOf(blockedLast) };
}

const identities = new Map<number, AxisReach>();

/** Every position needs itself. */
export function identityAxis(size: number): AxisReach {
  const known = identities.get(size);
  if (known !== undefined) return known;
  const own = new Int32Array(size);
  for (let i = 0; i < size; i += 1) own[i] = i;
  const axis = { first: own, last: own, repeats: new Uint8Array(size) };
  identities.set(size, axis);
  return axis;
}

/** Every pixel needs itself. */
export function identityReach(height: number, width: number): Reach {
  return { height, width, rows: identityAxis(height), columns: identityAxis(width) };
}

function composeAxis(earlier: AxisReach, later: AxisReach): AxisReach {
  const size = later.last.length;
  const [first, last, repeats] = [new Int32Array(size), new Int32Array(size), new Uint8Array(size)];
  for (let i = 0; i < size; i += 1) {
    first[i] = earlier.first[later.first[i]!]!;
    last[i] = earlier.last[later.last[i]!]!;
    const again = i > 0 && last[i - 1] === last[i] ? 1 : 0;
    repeats[i] = later.repeats[i]! | earlier.repeats[later.last[i]!]! | again;
  }
  return { first, last, repeats };
}

/** What the later map needs of the earliest one, when the middle one needs `earlier` and the later one `later` of it. */
export function compose(earlier: Reach, later: Reach): Reach {
  return {
    height: earlier.height,
    width: earlier.width,
    rows: composeAxis(earlier.rows, later.rows),
    columns: composeAxis(earlier.columns, later.columns),
  };
}

const largest = (values: Int32Array, value: (position: number, i: number) => number): number => {
  let most = -Infinity;
  for (let i = 0; i < values.length; i += 1) most = Math.max(most, value(values[i]!, i));
  return most;
};

/**
 * Pixels that a window's line buffer holds while it waits for the next one: the most, over all outputs o, of
 * (last pixel that o needs) − (first pixel that o or a later output needs).
 */
export function windowHistory({ width, rows, columns }: Reach): number {
  const across = largest(columns.last, (last, i) => last - columns.first[i]!);
  const toNextRow = columns.last[columns.last.length - 1]! - columns.first[0]!;
  return largest(rows.last, (last, y) => {
    const own = (last - rows.first[y]!) * width + across;
    // After the last pixel of an output row comes the first one of the next.
    return y + 1 < rows.last.length ? Math.max(own, (last - rows.first[y + 1]!) * width + toNextRow) : own;
  });
}

/**
 * Pixels by which a branch runs ahead of what leaves it: the most of (last pixel that o needs through the branch) − o.
 * Null where some output does not need its own pixel, which then might not have arrived.
 */
export function branchLag({ height, width, rows, columns }: Reach): number | null {
  if (rows.last.length !== height || columns.last.length !== width) return null;
  const acrossRows = rows.last.every((last, y) => last >= y);
  const acrossColumns = columns.last.every((last, x) => last >= x);
  if (!acrossRows || !acrossColumns) return null;
  const across = largest(columns.last, (last, x) => last - x);
  return largest(rows.last, (last, y) => (last - y) * width + (rows.repeats[y] === 1 ? width - 1 : across));
}

/**
 * The first pixel of the map that is read that outputs after pixel (row, column) still need, as a bound from below; `row`
 * and `column` count in the map that `window` computes. It is the lesser of two, each the sum of a part that depends on the
 * row and one that depends on the column.
 */
export interface Remaining {
  readonly sameRow: { readonly row: number; readonly column: number };
  readonly nextRow: number;
}

/** As `Remaining` describes; `nextRow` is Infinity in the last row. */
export function remainingAfter({ width, rows, columns }: Reach, row: number, column: number): Remaining {
  return {
    sameRow: { row: rows.first[row]! * width, column: columns.first[column]! },
    nextRow: row + 1 < rows.first.length ? rows.first[row + 1]! * width + columns.first[0]! : Infinity,
  };
}
