/** What users are told of weights that a TF.js converter rounded; both kinds of its models may have them. */

/** One sentence where `quantized` of `all` weights are integers of 8 or 16 bits, none where there are no such weights. */
export function integerNotes(quantized: number, all: number): readonly string[] {
  if (quantized === 0) return [];
  const loss = `${quantized} of ${all} weights are stored as integers, which has cost accuracy already`;
  return [`${loss}; convert the model without quantization`];
}
