/**
 * A block computed a few expanded channels at a time. For a *tile* of output pixels, and for each group of G channels: the
 * expansion makes the pixels of the window that nobody kept, the depthwise convolution filters them, and the projection adds
 * its partial sums in int32. When the last group is done, the sums are requantized where they lie and become the output.
 *
 * From one output row to the next, `keptRows` rows of the expansion are kept, at most kernel − stride, and from one tile to
 * the next kernel − stride columns of all rows of the window. What is not kept is expanded again from the block's input, of
 * which kernel − keptRows rows are there. Depthwise convolution does not mix channels, so that a window of G channels is
 * all that is ever whole.
 *
 * With kernel − stride rows kept nothing is computed twice, and less is kept than without groups: there, rows are expanded
 * as they arrive, here only when the last of a stride's rows does, and the narrow input waits in place of the wide rows.
 */
import type { FlowWindow } from '../../ir/flow.ts';
import { alignUp, FLOW_ALIGNMENT } from '../alignment.ts';
import type { FlowUnit } from '../schedule.ts';
import type { Chain } from '../stream/chain.ts';
import { blockPixels, type FlowFacts } from '../stream/flow-facts.ts';
import { OverlapTracker } from '../stream/overlap.ts';
import { type AxisReach, inBlocks, type Reach, windowAxis, windowHistory } from '../stream/reach.ts';
import type { Block, Pooled, Residual } from './blocks.ts';

/** One way to run a block; sizes in bytes. */
export interface FusedOption {
  readonly block: Block;
  /** Expanded rows that are kept from one output row to the next; null where there is no window. */
  readonly keptRows: number | null;
  /** Line buffer of the block's input, where that is not resident. */
  readonly inputBytes: number;
  /** What is kept besides: rows and columns of the expansion, or sums of a pooling. */
  readonly stores: readonly number[];
  /** The window of one group, its outputs, and the sums: needed while a tile is computed. */
  readonly workspaceBytes: number;
  /** MACs beyond those of the network. */
  readonly extraMacs: number;
  /** What an output pixel still needs of the block's input; null where it needs all. */
  readonly reach: Reach | null;
  /** True where the whole of the block's input has to be there before it begins. */
  readonly overWhole: boolean;
}

/** What the options of a block depend on. */
export interface Setting {
  readonly chain: Chain;
  readonly facts: FlowFacts;
  /** Expanded channels at a time. */
  readonly channels: number;
}

interface Tile {
  readonly rows: number;
  readonly columns: number;
}

function tileOf(unit: FlowUnit, { output }: FlowWindow): Tile {
  const pixels = blockPixels(unit, output[1]);
  return {
    rows: Math.min(output[0], Math.max(1, Math.floor(pixels / output[1]))),
    columns: Math.min(output[1], pixels),
  };
}

/** New columns of each tile; the first one of a row begins at the left side. */
function newColumns({ input, output, kernel, stride, left }: FlowWindow, tile: Tile): AxisReach {
  const { first, last, repeats } = windowAxis(input[1], output[1], {
    kernel: kernel[1],
    stride: stride[1],
    before: left,
  });
  const kept = kernel[1] - stride[1];
  const fresh = Int32Array.from(first, (value, x) =>
    x < tile.columns ? value : Math.min(Math.max(x * stride[1] - left + kept, 0), input[1] - 1),
  );
  return inBlocks({ first: fresh, last, repeats }, tile.columns);
}

/** Rows of the input that each output row expands; `ahead` output rows above the first one, which only fill what is kept. */
function newRows({ input, output, kernel, stride, top }: FlowWindow, keptRows: number, ahead: number): AxisReach {
  return windowAxis(input[0], output[0] + ahead, {
    kernel: kernel[0] - keptRows,
    stride: stride[0],
    before: top - keptRows + ahead * stride[0],
  });
}

/** Rows that are expanded in all, some of them several times. */
function expandedRows({ input, output, kernel, stride, top }: FlowWindow, keptRows: number): number {
  let rows = Math.min(Math.max(keptRows - top, 0), input[0]);
  for (let y = 0; y < output[0]; y += 1) {
    const first = Math.max(y * stride[0] - top + keptRows, 0);
    const end = Math.min(y * stride[0] - top + kernel[0], input[0]);
    rows += Math.max(0, end - first);
  }
  return rows;
}

/** Pixels that arrive at once. Blocks in groups flow in pixels: rows would need whole rows of what is narrow, too. */
const pixelsOf = (unit: FlowUnit): number => (unit.kind === 'pixels' ? unit.count : 1);

const word = (bytes: number): number => alignUp(bytes, FLOW_ALIGNMENT);

/** By rows kept, the most first; none without an expansion, or where the window is smaller than its stride. */
function residualOptions({ chain, facts, channels }: Setting, block: Residual): readonly FusedOption[] {
  const { window, from, core } = block;
  const { input, output, kernel, stride, top } = window;
  if (!block.expands) return [];
  if (kernel[0] < stride[0] || kernel[1] < stride[1]) return [];
  const { input: narrow } = chain.links[from]!;
  const expanded = chain.links[core]!.input.channels;
  const projected = chain.links[core + 1]!.output.channels;
  const unit = facts.unit;
  const tile = tileOf(unit, window);
  const columns = newColumns(window, tile);
  const group = Math.min(channels, expanded);

  const side = {
    rows: Math.min((tile.rows - 1) * stride[0] + kernel[0], input[0]),
    columns: Math.min((tile.columns - 1) * stride[1] + kernel[1], input[1]),
  };
  const pixels = tile.rows * tile.columns;
  const workspaceBytes = word(side.rows * side.columns * group) + word(pixels * group) + 4 * pixels * projected;
  // A tile that is as wide as the map leaves no columns to the next one.
  const halo = tile.columns === output[1] ? 0 : side.rows * Math.min(kernel[1] - stride[1], input[1]);
  const all = input[0] * input[1];

  return Array.from({ length: kernel[0] - stride[0] + 1 }, (_, i): FusedOption => {
    const keptRows = kernel[0] - stride[0] - i;
    const ahead = alignUp(Math.ceil(Math.max(0, keptRows - top) / stride[0]), tile.rows);
    const size = { height: input[0], width: input[1], columns };
    const waiting = inBlocks(newRows(window, keptRows, ahead), tile.rows);
    const history = windowHistory({ ...size, rows: waiting });
    // An addition behind the block may need the input for longer.
    const units = Math.max(Math.min(all, history + pixelsOf(unit)), facts.places[from]!.bufferUnits ?? 0);
    const again = Math.max(0, expandedRows(window, keptRows) - input[0]);
    return {
      block,
      keptRows,
      inputBytes: word(units * narrow.channels),
      stores: [word(Math.min(keptRows, input[0]) * input[1] * expanded), word(halo * expanded)],
      workspaceBytes,
      extraMacs: again * input[1] * narrow.channels * expanded,
      reach: { ...size, rows: inBlocks(newRows(window, keptRows, 0), tile.rows) },
      overWhole: false,
    };
  });
}

/**
 * A pooling in groups of channels. While pixels flow, all sums are kept and only what is added to them is made a group at a
 * time; over a whole map one group after the other is averaged, and its sums are the only ones.
 */
function pooledOptions({ chain, facts, channels }: Setting, block: Pooled): readonly FusedOption[] {
  const { from, core } = block;
  const group = Math.min(channels, chain.links[core]!.input.channels);
  const { bufferUnits, bufferBytes, chunkBytes } = facts.places[from]!;
  const common = { block, keptRows: null, extraMacs: 0, reach: null };
  const made = word(pixelsOf(facts.unit) * group);
  const arriving = bufferUnits === null ? word(chunkBytes) : 0;
  return [
    {
      ...common,
      inputBytes: bufferBytes,
      stores: [facts.steps[core]!.sumBytes],
      workspaceBytes: arriving + made,
      overWhole: false,
    },
    { ...common, inputBytes: 0, stores: [], workspaceBytes: made + 4 * group, overWhole: true },
  ];
}

/** Bytes that a block keeps besides its input. */
export function storeBytes({ stores }: FusedOption): number {
  return stores.reduce((sum, bytes) => sum + bytes, 0);
}

/** Every way to run a block in groups of channels; none where it cannot be taken apart. */
export function fusedOptions(setting: Setting, block: Block): readonly FusedOption[] {
  return block.kind === 'residual' ? residualOptions(setting, block) : pooledOptions(setting, block);
}

/**
 * Distances between input and output of a group that begins with a block in groups, see `Candidate.distance`: the block
 * is described as a window over its input, followed by steps that go pixel by pixel. Null where they may not overlap.
 */
export function fusedTracker(facts: FlowFacts, { block, reach }: FusedOption): OverlapTracker | null {
  if (reach === null) return null;
  const places = [...facts.places];
  const steps = [...facts.steps];
  places[block.from + 1] = facts.places[block.core + 1]!;
  steps[block.from] = { ...steps[block.from]!, reach };
  steps[block.core] = { ...steps[block.core]!, reach: null };
  return new OverlapTracker({ ...facts, places, steps }, block.from);
}
