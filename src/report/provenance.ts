/** Where a program came from, as its manifest and report state it. No paths of a machine: names and hashes only. */
import type { QuantizeRecipe } from '../passes/recipe.ts';
import type { ChosenPreprocess } from '../pictures/choose-preprocess.ts';

/** A file that the program was made from, recognisable without its path. */
export interface SourceFile {
  /** File name without folders. */
  readonly file: string;
  /** 64 hexadecimal digits in lower case. */
  readonly sha256: string;
}

/** Null stands for what did not take part. */
export interface Provenance {
  /** `mobilenet-v2`, or the format of the model file. */
  readonly source: string;
  readonly model: SourceFile | null;
  readonly weights: SourceFile | null;
  /** Width multiplier, where the network was built by snug. */
  readonly width: number | null;
  /** With the source of each part. */
  readonly preprocess: ChosenPreprocess | null;
  /** Null where the model file was quantized already. */
  readonly calibration: {
    /** How the float network became int8. */
    readonly recipe: QuantizeRecipe;
    /** Inputs that ranges were gathered from. */
    readonly samples: number;
    /** `random`: inputs drawn from a seeded generator, because no pictures were given. */
    readonly inputs: 'pictures' | 'random';
  } | null;
  /** Added to a label of the data set to give its class. */
  readonly labelOffset: number | null;
}
