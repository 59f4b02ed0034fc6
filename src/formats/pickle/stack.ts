/** The stack of a pickle's machine: values, and marks that opcodes collect back to. */
import type { PickleReader } from './reader.ts';

/** Refuses what would take values from an empty stack or below a mark that is not there. */
export class PickleStack {
  readonly #reader: PickleReader;
  #values: unknown[] = [];
  /** The stacks below the marks. */
  readonly #below: unknown[][] = [];

  constructor(reader: PickleReader) {
    this.#reader = reader;
  }

  push(value: unknown): void {
    this.#values.push(value);
  }

  pop(): unknown {
    if (this.#values.length === 0) this.#reader.refuse(`nothing is on the stack at byte ${this.#reader.position}`);
    return this.#values.pop();
  }

  top(): unknown {
    const value = this.pop();
    this.#values.push(value);
    return value;
  }

  mark(): void {
    this.#below.push(this.#values);
    this.#values = [];
  }

  /** Everything above the last mark, and takes the mark away. */
  popMark(): unknown[] {
    const values = this.#values;
    this.#values = this.#below.pop() ?? this.#reader.refuse(`no mark is on the stack at byte ${this.#reader.position}`);
    return values;
  }

  /** POP takes a mark where one is on top. */
  discard(): void {
    if (this.#values.length > 0) this.#values.pop();
    else this.popMark();
  }
}
