/** Which ONNX operators work on integers, and what becomes of those that snug cannot take. */

/** Operators that write integers, or read them with their scale. */
const CODED = /^(QuantizeLinear|DequantizeLinear|QGemm|QLinear[A-Za-z]+)$/;
/** Operators that leave values as they are, integers or not. */
const MOVING: ReadonlySet<string> = new Set([
  'Dropout',
  'Flatten',
  'Identity',
  'Pad',
  'Reshape',
  'Shape',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);
const DYNAMIC = /^(Dynamic.*|(Conv|MatMul)Integer.*)$/;

/** Whether a node belongs to a statically quantized model. */
export function isCoded(opType: string): boolean {
  return CODED.test(opType);
}

/** Whether an operator may read the integers of a quantized activation. */
export function takesIntegers(opType: string): boolean {
  return CODED.test(opType) || MOVING.has(opType) || opType === 'Cast';
}

/** Why an operator without a reader is refused; empty where there is nothing to say but its name. */
export function reasonAgainst(opType: string): string {
  if (!DYNAMIC.test(opType)) return '';
  return 'the model is quantized dynamically, its activations have no scales in the file; quantize it statically, for example with onnxruntime.quantization.quantize_static, or give the float model';
}
