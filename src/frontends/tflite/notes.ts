/** What was changed in reading a file, gathered while it is converted and told as sentences at the end. */

/** Counts of layers and tensors, and facts about input and output. */
export interface Notes {
  /** Constants whose integers became float. */
  dequantized: number;
  /** Layers of uint8 weights that became symmetric int8 with new scales. */
  requantized: number;
  /** Sentences about input and output. */
  readonly edges: string[];
}

/** Nothing was changed yet. */
export function emptyNotes(): Notes {
  return { dequantized: 0, requantized: 0, edges: [] };
}

/** Sentences without a full stop. */
export function sentencesOf({ dequantized, requantized, edges }: Notes): readonly string[] {
  return [
    ...edges,
    ...(dequantized === 0
      ? []
      : [
          `${dequantized} constants of int8 with float activations (dynamic-range quantization) were dequantized: the network is float here, and calibration quantizes it anew`,
        ]),
    ...(requantized === 0
      ? []
      : [
          `the weights of ${requantized} layers were uint8 with a zero point that symmetric int8 cannot hold: they have new scales, one for each output channel, and results differ from TensorFlow Lite's by rounding`,
        ]),
  ];
}
