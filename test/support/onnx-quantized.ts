/** Small quantized ONNX models for tests: integer initializers, and layers in both forms. */
import { floats, type ModelSpec, node } from './onnx-writer.ts';

type Message = ReturnType<typeof node>;

const TYPES = { uint8: 2, int8: 3, int16: 5, int32: 6 } as const;

/** An integer initializer, stored as `int32_data`, which ONNX allows for every type here. */
export function integers(
  name: string,
  type: keyof typeof TYPES,
  dims: readonly number[],
  values: readonly number[],
): Message {
  return { name, dims, dataType: TYPES[type], int32Data: values };
}

/** Scale and zero point of `value` as initializers. */
export function coding(value: string, scale: number, zeroPoint: number, type: keyof typeof TYPES = 'int8'): Message[] {
  return [floats(`${value}_scale`, [], [scale]), integers(`${value}_zero`, type, [], [zeroPoint])];
}

/** QuantizeLinear of `value` to `value_q`, and DequantizeLinear to `value_dq`. */
export function qdq(value: string): Message[] {
  const parameters = [`${value}_scale`, `${value}_zero`];
  return [
    node('QuantizeLinear', [value, ...parameters], `${value}_q`),
    node('DequantizeLinear', [`${value}_q`, ...parameters], `${value}_dq`),
  ];
}

/** Integers of the convolution below: 2 filters over 2 channels, 1 × 1. */
export const FILTERS: readonly number[] = [127, -64, 3, 127];
export const FILTER_SCALES: readonly number[] = [0.5, 0.25];
export const BIAS: readonly number[] = [40_000_001, -7];

/** What the convolution reads besides its input: weights per channel and a bias whose scale is that of `x` times theirs. */
export const CONVOLUTION: readonly Message[] = [
  integers('w', 'int8', [2, 2, 1, 1], FILTERS),
  floats('w_scale', [2], FILTER_SCALES),
  integers('w_zero', 'int8', [2], [0, 0]),
  integers('b', 'int32', [2], BIAS),
  floats(
    'b_scale',
    [2],
    FILTER_SCALES.map(scale => scale * 0.125),
  ),
];

/** x → Q → DQ → Conv → what `after` makes of `c` → y; `x` has scale 1/8 and zero point 3, or 131 in uint8. */
export function qdqModel(after: readonly Message[], initializers: readonly Message[], unsigned = false): ModelSpec {
  return {
    nodes: [
      ...qdq('x'),
      node('DequantizeLinear', ['w', 'w_scale', 'w_zero'], 'w_dq', { axis: 0 }),
      node('DequantizeLinear', ['b', 'b_scale'], 'b_dq', { axis: 0 }),
      node('Conv', ['x_dq', 'w_dq', 'b_dq'], 'c'),
      ...after,
    ],
    initializers: [
      ...(unsigned ? coding('x', 0.125, 131, 'uint8') : coding('x', 0.125, 3)),
      ...CONVOLUTION,
      ...initializers,
    ],
  };
}

/** The same layer as QLinearConv between QuantizeLinear and DequantizeLinear; `c` has scale 2 and zero point −5. */
export const QLINEAR: ModelSpec = {
  nodes: [
    node('QuantizeLinear', ['x', 'x_scale', 'x_zero'], 'x_q'),
    node('QLinearConv', ['x_q', 'x_scale', 'x_zero', 'w', 'w_scale', 'w_zero', 'c_scale', 'c_zero', 'b'], 'c_q'),
    node('DequantizeLinear', ['c_q', 'c_scale', 'c_zero'], 'y'),
  ],
  initializers: [...coding('x', 0.125, 3), ...CONVOLUTION.slice(0, 4), ...coding('c', 2, -5)],
};

/** The model without the initializer of this name, or with another in its place. */
export function replaced(spec: ModelSpec, name: string, by: Message | null): ModelSpec {
  const others = (spec.initializers ?? []).filter(tensor => tensor['name'] !== name);
  return { ...spec, initializers: by === null ? others : [...others, by] };
}

/** The model with the inputs of one node changed. */
export function rewired(spec: ModelSpec, opType: string, change: (inputs: readonly string[]) => string[]): ModelSpec {
  const nodes = spec.nodes.map(n =>
    n['opType'] === opType ? { ...n, input: change(n['input'] as readonly string[]) } : n,
  );
  return { ...spec, nodes };
}
