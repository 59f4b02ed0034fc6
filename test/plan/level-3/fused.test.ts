/**
 * Blocks in groups of channels, executed: the memory of an option is held to a program that pushes pixels, makes tiles, and
 * looks for everything that it reads in the stores that the option pays for.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blocksOf, type Residual } from '../../../src/plan/level-3/blocks.ts';
import { type FusedOption, fusedOptions, fusedTracker } from '../../../src/plan/level-3/fused.ts';
import { selectKernels } from '../../../src/plan/select-kernels.ts';
import { type Chain, chainOf } from '../../../src/plan/stream/chain.ts';
import { type FlowFacts, flowFacts } from '../../../src/plan/stream/flow-facts.ts';
import { quantizePlainly } from '../../support/plain-networks.ts';
import { holds } from '../../support/property.ts';
import { smallGraph } from '../../support/small-graphs.ts';

const UNIT = 4;
const [NARROW, EXPANDED, PROJECTED, GROUP] = [4, 10, 4, 3];

interface Geometry {
  readonly height: number;
  readonly width: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: 'same' | 'valid' | { top: number; bottom: number; left: number; right: number };
  readonly adds: boolean;
}

interface Case {
  readonly chain: Chain;
  readonly facts: FlowFacts;
  readonly block: Residual;
  readonly options: readonly FusedOption[];
}

function caseOf({ height, width, kernel, stride, padding, adds }: Geometry): Case {
  const { builder, input, conv, depthwise, add } = smallGraph([1, height, width, NARROW]);
  const expanded = conv('expand', input, { kernel: 1, outputs: EXPANDED });
  const filtered = depthwise('filter', expanded, { kernel, stride, padding });
  const projected = conv('project', filtered, { kernel: 1, outputs: PROJECTED });
  const graph = quantizePlainly(builder.finish(adds ? add('sum', input, projected) : projected));
  const chain = chainOf(graph, selectKernels(graph, 'portable'));
  const facts = flowFacts(chain, { kind: 'pixels', count: UNIT });
  const block = blocksOf(chain)[0] as Residual;
  return { chain, facts, block, options: fusedOptions({ chain, facts, channels: GROUP }, block) };
}

interface Run {
  readonly expansions: number;
  /** The most that was held in each store, in pixels. */
  readonly rows: number;
  readonly columns: number;
  readonly window: number;
  readonly tile: number;
  /** Bytes by which the input has to lie above the output where they overlap. */
  readonly distance: number;
}

/** Runs a block in tiles; throws where something that it reads is nowhere. */
function execute({ block }: Case, { keptRows: rowsKept, inputBytes }: FusedOption, arriving: number): Run {
  const { window, to, end } = block;
  const [[height, width], [outHeight, outWidth]] = [window.input, window.output];
  const [kernel, stride, { top, left }] = [window.kernel[0], window.stride[0], window];
  const kept = rowsKept!;
  const slots = Math.floor(inputBytes / NARROW);
  const tileRows = outWidth < UNIT ? Math.min(outHeight, Math.floor(UNIT / outWidth)) : 1;
  const tileColumns = Math.min(outWidth, UNIT);
  let pushed = 0;
  const read = (pixel: number): void => {
    if (pixel >= pushed || pixel < pushed - slots) throw new Error(`pixel ${pixel} of ${pushed} is not there`);
  };
  // Kept rows take turns; a map has no more rows than it has.
  const slotOf = (row: number, column: number): string => `${row % Math.min(kept, height)} ${column}`;
  const rows = new Map<string, number>();
  let columns = new Set<string>();
  const most = { rows: 0, columns: 0, window: 0, tile: 0 };
  const tiles: { readonly first: number; readonly written: number }[] = [];
  let expansions = 0;

  const computeTile = (y: number, x: number): void => {
    const yEnd = Math.min(y + tileRows, outHeight);
    const xEnd = Math.min(x + tileColumns, outWidth);
    const [firstRow, lastRow] = [y * stride - top, Math.min((yEnd - 1) * stride - top + kernel, height) - 1];
    const [firstColumn, lastColumn] = [x * stride - left, Math.min((xEnd - 1) * stride - left + kernel, width) - 1];
    const newColumn = x === 0 ? 0 : firstColumn + kernel - stride;
    const needed = Math.max(0, lastRow) * width + Math.max(0, lastColumn);
    while (pushed <= needed) pushed = Math.min(pushed + arriving, height * width);
    const held = new Set<string>();
    let first = Infinity;
    for (let row = Math.max(0, firstRow); row <= lastRow; row += 1) {
      for (let column = Math.max(0, firstColumn); column <= lastColumn; column += 1) {
        const key = `${row} ${column}`;
        held.add(key);
        if (column < newColumn) {
          if (!columns.has(key)) throw new Error(`column ${key} was not kept`);
        } else if (row < firstRow + kept) {
          if (rows.get(slotOf(row, column)) !== row) throw new Error(`row ${key} was not kept`);
        } else {
          read(row * width + column);
          first = Math.min(first, row * width + column);
          expansions += 1;
        }
      }
    }
    const next = yEnd * stride - top;
    for (let row = next; row < next + kept; row += 1) {
      for (let column = Math.max(0, newColumn); column <= lastColumn; column += 1) {
        if (held.has(`${row} ${column}`)) rows.set(slotOf(row, column), row);
      }
    }
    const boundary = xEnd * stride - left;
    columns = new Set(xEnd === outWidth ? [] : [...held].filter(key => Number(key.split(' ')[1]) >= boundary));
    const pixels = (yEnd - y) * (xEnd - x);
    if (to > end) for (let p = 0; p < pixels; p += 1) read(y * outWidth + x + p);
    most.rows = Math.max(most.rows, rows.size);
    most.columns = Math.max(most.columns, columns.size);
    most.window = Math.max(most.window, held.size);
    most.tile = Math.max(most.tile, pixels);
    tiles.push({ first, written: ((yEnd - 1) * outWidth + xEnd) * PROJECTED });
  };

  // What the first output row finds as kept rows is expanded in the same tiles, before it.
  for (let row = 0; row < Math.min(kept - top, height); row += 1) {
    for (let column = 0; column < width; column += 1) {
      while (pushed <= row * width + column) pushed = Math.min(pushed + arriving, height * width);
      read(row * width + column);
      rows.set(slotOf(row, column), row);
      expansions += 1;
    }
  }
  for (let y = 0; y < outHeight; y += tileRows) for (let x = 0; x < outWidth; x += tileColumns) computeTile(y, x);

  let [distance, unread] = [-Infinity, Infinity];
  for (const { first, written } of tiles.reverse()) {
    if (unread !== Infinity) distance = Math.max(distance, written - unread * NARROW);
    unread = Math.min(unread, first);
  }
  return { expansions, ...most, distance };
}

const geometries = fc
  .record({
    height: fc.integer({ min: 1, max: 13 }),
    width: fc.integer({ min: 1, max: 14 }),
    kernel: fc.constantFrom(1, 2, 3, 5),
    stride: fc.constantFrom(1, 2, 3),
    kind: fc.constantFrom('same', 'valid', 'explicit'),
    sides: fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 2 }))),
    adds: fc.boolean(),
  })
  .map(({ height, width, kernel, stride, kind, sides, adds }): Geometry => {
    const [top, bottom, left, right] = sides as [number, number, number, number];
    const fits = (padded: number): boolean => padded >= kernel;
    const explicit = kind === 'explicit' && fits(height + top + bottom) && fits(width + left + right);
    const valid = kind === 'valid' && fits(height) && fits(width);
    const padding = explicit ? { top, bottom, left, right } : valid ? 'valid' : 'same';
    return { height, width, kernel, stride, padding, adds: adds && stride === 1 && padding === 'same' };
  });

describe('a block in groups of channels', () => {
  test('finds all that it reads in what it keeps', () => {
    holds(
      fc.property(geometries, fc.integer({ min: 1, max: UNIT }), (geometry, arriving) => {
        const subject = caseOf(geometry);
        const { height, width } = geometry;
        expect(subject.options.length).toBe(Math.max(0, geometry.kernel - geometry.stride + 1));
        for (const option of subject.options) {
          const run = execute(subject, option, arriving);
          expect(run.rows * EXPANDED).toBeLessThanOrEqual(option.stores[0]!);
          expect(run.columns * EXPANDED).toBeLessThanOrEqual(option.stores[1]!);
          const inFlight = (run.window + run.tile) * GROUP + 4 * run.tile * PROJECTED;
          expect(inFlight).toBeLessThanOrEqual(option.workspaceBytes);
          const again = option.extraMacs / (NARROW * EXPANDED);
          expect(run.expansions).toBeLessThanOrEqual(height * width + again);
        }
      }),
      600,
    );
  });

  test('reads its input before the output is written over it', () => {
    holds(
      fc.property(geometries, geometry => {
        const subject = caseOf({ ...geometry, adds: false });
        const { chain, facts, block } = subject;
        for (const option of subject.options) {
          const tracker = fusedTracker(facts, option)!;
          for (let i = block.from; i < block.to; i += 1) tracker.append(i, chain.links[i]!.lateFrom === block.from);
          const whole = { ...option, inputBytes: NARROW * geometry.height * geometry.width };
          expect(execute(subject, whole, UNIT).distance).toBeLessThanOrEqual(tracker.distance(block.to - 1));
        }
      }),
      600,
    );
  });

  test('3 × 3 and stride 1: two rows kept and nothing again, one row and twice the expansion, none and three times', () => {
    const geometry: Geometry = { height: 9, width: 11, kernel: 3, stride: 1, padding: 'same', adds: true };
    const { options } = caseOf(geometry);
    const rowMacs = 11 * NARROW * EXPANDED;
    // The window of the first row and that of the last one have only two rows in the map.
    expect(options.map(({ keptRows, extraMacs }) => [keptRows, extraMacs])).toEqual([
      [2, 0],
      [1, (2 * 9 - 1 - 9) * rowMacs],
      [0, (3 * 9 - 2 - 9) * rowMacs],
    ]);
    expect(options.map(({ stores }) => stores)).toEqual([
      [2 * 11 * EXPANDED, 60],
      [112, 60],
      [0, 60],
    ]);
  });

  test('3 × 3 and stride 2: one row kept, or one and a half times the expansion', () => {
    const { options } = caseOf({ height: 8, width: 8, kernel: 3, stride: 2, padding: 'same', adds: false });
    expect(options.map(({ keptRows, extraMacs }) => [keptRows, extraMacs / (8 * NARROW * EXPANDED)])).toEqual([
      [1, 0],
      [0, 3 * 4 - 1 - 8],
    ]);
  });
});
