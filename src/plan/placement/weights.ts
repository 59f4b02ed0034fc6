/**
 * Constant tables in a board's flash: all of them in the first region that holds them; else the layers whose tables are read
 * most, in multiply-accumulates a byte, fill the first region, and the others go to the next.
 */
import { weightsDoNotFit } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import type { Graph } from '../../graph/graph.ts';
import type { TensorId } from '../../ir/units.ts';
import { type Schedule, stepsOf } from '../schedule.ts';
import { type BoardMemory, largest, type MemoryRegion, type Placement, regionsText } from './memory.ts';
import { macsOf } from './traffic.ts';

/** Tables of words start at a word, and others may. */
const TABLE_ALIGNMENT = 4;

interface Tables {
  readonly output: TensorId;
  readonly bytes: number;
  readonly readsPerByte: number;
}

function tablesOf(graph: Graph<'quantized'>, schedule: Schedule): readonly Tables[] {
  return stepsOf(schedule).flatMap(step => {
    const sizes = (step.call?.tables ?? []).map(
      ({ data }) => Math.ceil(data.byteLength / TABLE_ALIGNMENT) * TABLE_ALIGNMENT,
    );
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    return bytes === 0 ? [] : [{ output: step.node.output, bytes, readsPerByte: macsOf(graph, step) / bytes }];
  });
}

interface Filled {
  readonly weights: ReadonlyMap<TensorId, string>;
  /** By region. */
  readonly left: readonly number[];
  /** Bytes that found no place. */
  readonly unplaced: number;
}

/** Each layer takes the first region with room for its tables, in the order given. */
function fill(tables: readonly Tables[], flash: readonly MemoryRegion[]): Filled {
  const left = flash.map(({ bytes }) => bytes);
  const weights = new Map<TensorId, string>();
  let unplaced = 0;
  for (const { output, bytes } of tables) {
    const region = left.findIndex(room => room >= bytes);
    if (region < 0) unplaced += bytes;
    else {
      left[region]! -= bytes;
      weights.set(output, flash[region]!.name);
    }
  }
  return { weights, left, unplaced };
}

/** @throws SnugError `weightsDoNotFit` */
export function placeWeights(
  graph: Graph<'quantized'>,
  schedule: Schedule,
  { target, flash, ram, fitFlags = null }: BoardMemory,
): Pick<Placement, 'weights' | 'flash'> {
  const tables = tablesOf(graph, schedule);
  const total = tables.reduce((sum, { bytes }) => sum + bytes, 0);
  const whole = flash.find(({ bytes }) => bytes >= total);
  const hottest = [...tables].sort((a, b) => b.readsPerByte - a.readsPerByte || a.output - b.output);
  const largestFirst = [...tables].sort((a, b) => b.bytes - a.bytes || a.output - b.output);
  // In the order of size large tables find a place that otherwise would not.
  const orders = [hottest, largestFirst];
  const regions = flash.map(region => (whole === undefined || region === whole ? region : { ...region, bytes: 0 }));
  const [found = fill(hottest, regions)] = orders
    .map(order => fill(order, regions))
    .filter(({ unplaced }) => unplaced === 0);
  if (found.unplaced > 0) {
    const lacking = total - flash.reduce((sum, { bytes }) => sum + bytes, 0);
    throw new SnugError(
      weightsDoNotFit({
        ...{ target, needed: total, regions: regionsText(flash), over: lacking > 0 ? lacking : found.unplaced },
        ...{ ramBytes: largest(ram), flashBytes: largest(flash), fitFlags },
      }),
    );
  }
  return {
    weights: found.weights,
    flash: regions.map(({ name, bytes, sizeBytes, address }, i) => ({
      ...{ name, sizeBytes, address },
      usedBytes: bytes - found.left[i]!,
    })),
  };
}
