/** What Keras's configuration of a network says, the same for Keras 2 and 3, Functional and Sequential. */
import type { Settings } from './fields.ts';

/** One output of one call of a layer. */
export interface Reference {
  readonly layer: string;
  /** Which call of the layer, from 0; layers that are called once may have any number here. */
  readonly call: number;
  /** Which output of the call, from 0. */
  readonly output: number;
}

/** One use of a layer. */
export interface LayerUse {
  readonly inputs: readonly Reference[];
  /** Numbers that an operation such as `x / 127.5` is called with, beside its input. */
  readonly constants: readonly unknown[];
  /** True where a constant stands before the input, as in `1 - x`. */
  readonly constantFirst: boolean;
}

/** A layer, or a network that is used as one. */
export interface KerasLayer {
  readonly name: string;
  /** `Conv2D`; for an operation that is no layer, Keras's name of it. */
  readonly className: string;
  readonly settings: Settings;
  readonly uses: readonly LayerUse[];
  /** The layers inside, where it is a network. */
  readonly network: KerasNetwork | null;
}

/** A Functional or Sequential model; a Sequential one is a chain of layers here. */
export interface KerasNetwork {
  readonly name: string;
  /** By name, in the order of the file. */
  readonly layers: ReadonlyMap<string, KerasLayer>;
  /** Its one input, a layer of class `InputLayer`. */
  readonly input: KerasLayer;
  /** [height, width, channels] or [n]; null for a dimension that is open. */
  readonly inputShape: readonly (number | null)[];
  readonly output: Reference;
}
