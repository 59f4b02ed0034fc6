/** What a `snug.config.ts` may say. Editors show these comments; `schema.ts` checks the same shape when it is loaded. */
import type { MobilenetV2Options } from '../models/mobilenet-v2.ts';
import type { PreprocessOptions } from '../pictures/preprocess.ts';

/** MobileNetV2 built by snug: its options, and where its weights come from. */
export interface NetworkModel extends MobilenetV2Options {
  readonly network: 'mobilenet-v2';
  /** File with the trained weights. Without it they are drawn from `seed`, which serves planning and tests only. */
  readonly weights?: string;
  /** Seed of drawn weights, a whole number from 0 to 2^32 − 1. 1 unless given. */
  readonly seed?: number;
}

/** Which inputs the int8 ranges are read from, and how. */
export interface CalibrationOptions {
  /** Folder of typical pictures (or `.npy`, `.f32` arrays). */
  readonly images?: string;
  /** How many of them to use, spread evenly over the folder; a whole number of at least 1. */
  readonly samples?: number;
  /**
   * `minmax`: the range that was seen; `percentile`: the range of most values, which outliers do not widen; `mse`: the range
   * of least squared error; `entropy`: that of least divergence; `auto`: for each tensor the best of them as measured. Chosen
   * by `quantize.preset` unless given.
   */
  readonly method?: 'minmax' | 'percentile' | 'mse' | 'entropy' | 'auto';
  /** Part of the values that `percentile` keeps inside the range, above 0 and at most 1, for example 0.9999. */
  readonly coverage?: number;
}

/** How a float network becomes int8. */
export interface QuantizeOptions {
  /** How much work goes into accuracy: `fast`, `balanced` (unless given) or `best`. */
  readonly preset?: 'fast' | 'balanced' | 'best';
  /** A scale for each output channel (unless given), or one for all weights of a layer, as some accelerators demand. */
  readonly weightScales?: 'channel' | 'tensor';
  /** Decibels that the output of every layer must reach against float, above 0; a network that does not is refused. */
  readonly minSqnr?: number;
  /** Whether channels are equalized between layers, and constant parts of activations moved into biases. With `tensor` scales unless given. */
  readonly equalize?: boolean;
}

/** How the data set's labels become the network's classes. */
export interface LabelOptions {
  /** Added to each label; 1 for ImageNet networks whose class 0 is the background. 0 unless given. */
  readonly offset?: number;
}

/** The whole configuration. Paths are relative to the file that it is in; flags of the command line win over it. */
export interface SnugConfig {
  /** Prefix of every symbol in the emitted C: lower-case letters, digits and `_`, a letter first. The network's own unless given. */
  readonly name?: string;
  /** Path of a model file, or a network of snug's. `'mobilenet-v2'` is short for `{ network: 'mobilenet-v2' }`. */
  readonly model: string | NetworkModel;
  /** Re-shapes an imported model to another input size: one number where height and width are equal. */
  readonly resolution?: number | readonly [height: number, width: number];
  /** From a picture's bytes to the network's input: (pixel − mean) / std. */
  readonly preprocess?: PreprocessOptions;
  readonly calibration?: CalibrationOptions;
  readonly quantize?: QuantizeOptions;
  readonly labels?: LabelOptions;
  /**
   * Whose kernels the C calls. `portable`: those that come with it and no others; `cmsis-nn`: the library's; `auto` (unless
   * given): the portable ones come with it, and scratch is sized so that the library may take their place.
   */
  readonly kernels?: 'portable' | 'cmsis-nn' | 'auto';
  /**
   * `layers`: every layer whole; `stream`: the schedule of least RAM; `auto` (unless given): the cheapest one within `ram` or
   * the RAM of `target`, or the one of least RAM where neither is given.
   */
  readonly schedule?: 'layers' | 'stream' | 'auto';
  /**
   * Where the input lies. `resident` (unless given): in the arena; `streamed`: nowhere, rows are pushed as a camera delivers
   * them; `caller`: in a buffer of the caller, which is never written. With `layers` always in the caller's buffer.
   */
  readonly input?: 'resident' | 'streamed' | 'caller';
  /** The board whose memory arena and weights are placed in, by the name of its folder in `targets/`. */
  readonly target?: string;
  /** RAM for all of the program but its stack: bytes, or a text as '128K'. A network that needs more is refused. */
  readonly ram?: number | string;
  /** Flash for constant tables, in the same way. */
  readonly flash?: number | string;
  /** Appends a softmax, so that the output is probabilities. */
  readonly softmax?: boolean;
  /**
   * How many golden vectors are compiled into the emitted C test; 0 for no test. 2 unless given. `snug verify` compares over
   * `test/vectors.bin` besides, which does not depend on it.
   */
  readonly golden?: number;
  /** Build systems that the output folder is made a module of; none unless given. */
  readonly integrations?: readonly ('zephyr' | 'cmsis-pack' | 'platformio' | 'arduino' | 'esp-idf')[];
  /** Folder that the C is written to. */
  readonly out?: string;
}
