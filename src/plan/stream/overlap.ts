/**
 * How far the output of a flowing group may lie over the input that the group consumes. Both are resident maps; the output
 * is written in raster order behind the reader. The planner needs one figure: the least distance by which the input's
 * address must exceed the output's.
 */
import type { FlowFacts, Scaled } from './flow-facts.ts';
import { compose, identityReach, type Reach, remainingAfter } from './reach.ts';

/**
 * Something in the group that reads the input directly: its first step, or an addition that takes it as its second operand.
 * `reach` leads from what that reader has made, or read, to the output of the group so far.
 */
interface Reader {
  /** Window of the reader over the input; null where it reads pixel by pixel. */
  readonly window: Reach | null;
  readonly reach: Reach;
  /** True while the reader is the last step: then it still reads while the output is written. */
  readonly writes: boolean;
}

/** Bytes that the output written up to and with a pixel may exceed what has been read: the most over all pixels. */
function distance(reader: Reader, input: Scaled, output: Scaled, chunk: number): number {
  const { reach, window, writes } = reader;
  const lag = writes ? chunk - 1 : -1;
  let most = -Infinity;
  let across = -Infinity;
  const written = (y: number, x: number): number => (y * output.width + x + 1) * output.unitBytes;
  const lastColumn = output.width - 1;
  // Columns add the same to every row, so their worst case is found once.
  for (let x = 0; x <= lastColumn; x += 1) {
    const column = reach.columns.last[x]!;
    const read = window === null ? column - lag : window.columns.first[column]!;
    across = Math.max(across, (x + 1) * output.unitBytes - read * input.unitBytes);
  }
  for (let y = 0; y < output.height; y += 1) {
    const row = reach.rows.last[y]!;
    if (window === null) {
      most = Math.max(most, y * output.width * output.unitBytes + across - row * input.width * input.unitBytes);
      continue;
    }
    const { sameRow, nextRow } = remainingAfter(window, row, 0);
    most = Math.max(most, y * output.width * output.unitBytes + across - sameRow.row * input.unitBytes);
    if (nextRow !== Infinity) most = Math.max(most, written(y, lastColumn) - nextRow * input.unitBytes);
  }
  return most;
}

/** Follows a group from its first step on, one step at a time. */
export class OverlapTracker {
  readonly #facts: FlowFacts;
  readonly #from: number;
  readonly #chunk: number;
  #readers: readonly Reader[] = [];

  /** @param from place of the group's input */
  constructor(facts: FlowFacts, from: number) {
    this.#facts = facts;
    this.#from = from;
    this.#chunk = facts.unit.kind === 'rows' ? 1 : facts.unit.count;
  }

  /** Appends step `i`; `readsInputLate` where its second operand is the group's input. */
  append(i: number, readsInputLate: boolean): void {
    const own = this.#facts.steps[i]!.reach;
    const output = this.#facts.places[i + 1]!.map;
    const followed = this.#readers.map(
      ({ window, reach }): Reader => ({ window, writes: false, reach: own === null ? reach : compose(reach, own) }),
    );
    this.#readers = followed;
    if (i !== this.#from && !readsInputLate) return;
    const reach = identityReach(output.height, output.width);
    if (i === this.#from) this.#readers = [...this.#readers, { window: own, reach, writes: true }];
    if (readsInputLate) this.#readers = [...this.#readers, { window: null, reach, writes: true }];
  }

  /** Bytes by which the input's address has to exceed that of the output of step `i`, the last one appended. */
  distance(i: number): number {
    const input = this.#facts.places[this.#from]!.map;
    const output = this.#facts.places[i + 1]!.map;
    return Math.max(...this.#readers.map(reader => distance(reader, input, output, this.#chunk)));
  }
}
