/** Hands out the tensors of a weight file by their own names, and collects everything that does not fit. */
import {
  tensorMisshapen,
  tensorMissing,
  tensorSurplus,
  tensorWrongType,
  weightNotFinite,
} from '../../diagnostics/catalog.ts';
import { type Diagnostic, SnugError } from '../../diagnostics/diagnostic.ts';
import type { StoredTensor, StoredTensors } from '../../formats/stored-tensor.ts';
import { elementsOf, formatShape, type Shape, sameShape } from '../../ir/shape.ts';
import { firstNonFinite } from '../../numerics/statistics.ts';

/** Counters of training steps, of BatchNorm and of averaged weights, which inference does not need. */
const IGNORED = /(?:^|\.)(?:num_batches_tracked|n_averaged)$/;

/** Notes each tensor that is missing, misshapen, of a wrong type, damaged, not finite or left over. */
export class StateDict {
  readonly #file: string;
  readonly #prefix: string;
  readonly #tensors: StoredTensors;
  readonly #taken = new Set<string>();
  readonly #problems: Diagnostic[] = [];

  /** @param prefix what the file puts in front of every name that is asked for */
  constructor(file: string, tensors: StoredTensors, prefix: string) {
    this.#file = file;
    this.#tensors = tensors;
    this.#prefix = prefix;
  }

  #read(name: string, { floats, dtype }: StoredTensor): Float32Array | null {
    const origin = { file: this.#file, tensor: name };
    if (floats === null) {
      this.#problems.push(tensorWrongType({ type: dtype }, origin));
      return null;
    }
    try {
      const values = floats();
      const index = firstNonFinite(values);
      if (index < 0) return values;
      this.#problems.push(weightNotFinite({ parameter: name, index, value: values[index]! }, origin));
    } catch (error) {
      if (!(error instanceof SnugError)) throw error;
      this.#problems.push(...error.diagnostics.map(problem => ({ ...problem, origin })));
    }
    return null;
  }

  /** The tensor's values in the file's order, or zeros where there is a problem, which `finish` reports. */
  take(unprefixed: string, shape: Shape): Float32Array {
    const name = this.#prefix + unprefixed;
    const origin = { file: this.#file, tensor: name };
    const tensor = this.#tensors.get(name);
    this.#taken.add(name);
    let values: Float32Array | null = null;
    if (tensor === undefined) {
      this.#problems.push(tensorMissing({ shape: formatShape(shape) }, origin));
    } else if (tensor.floats !== null && !sameShape(tensor.shape, shape)) {
      const [actual, expected] = [formatShape(tensor.shape), formatShape(shape)];
      this.#problems.push(tensorMisshapen({ actual, expected }, origin));
    } else {
      values = this.#read(name, tensor);
    }
    return values ?? new Float32Array(elementsOf(shape));
  }

  /** @throws SnugError with one diagnostic for each tensor that does not fit */
  finish(): void {
    for (const [name, { shape }] of this.#tensors) {
      if (this.#taken.has(name) || IGNORED.test(name)) continue;
      this.#problems.push(tensorSurplus({ shape: formatShape(shape) }, { file: this.#file, tensor: name }));
    }
    if (this.#problems.length > 0) throw new SnugError(...this.#problems);
  }
}
