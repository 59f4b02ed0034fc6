/** Writes small ONNX models for tests, with the schema that the frontend reads. */
import { modelProto } from '../../src/frontends/onnx/schema.ts';

/** A field set of a protobuf message. */
type Message = Readonly<Record<string, unknown>>;

/** `TensorProto.DataType`. */
export const FLOAT = 1;
const INT64 = 7;

/** A float initializer, stored as raw bytes. */
export function floats(name: string, dims: readonly number[], values: ArrayLike<number>): Message {
  const data = Float32Array.from(values);
  return { name, dims, dataType: FLOAT, rawData: new Uint8Array(data.buffer) };
}

/** A float initializer of small distinct numbers, the same for the same shape. */
export function ramp(name: string, dims: readonly number[], step = 0.25): Message {
  const length = dims.reduce((a, b) => a * b, 1);
  return floats(
    name,
    dims,
    Array.from({ length }, (_, i) => step * (((i * 7) % 11) - 5)),
  );
}

/** An int64 initializer; a list unless `dims` says otherwise. */
export function ints(name: string, values: readonly number[], dims: readonly number[] = [values.length]): Message {
  return { name, dims, dataType: INT64, int64Data: values };
}

/** Strings, whole numbers, lists of them, tensors (objects), and floats as `{ float: 1.5 }`. */
export type AttributeValue = string | number | readonly number[] | { readonly float: number } | Message;

function attribute(name: string, value: AttributeValue): Message {
  if (typeof value === 'string') return { name, type: 3, s: new TextEncoder().encode(value) };
  if (typeof value === 'number') return { name, type: 2, i: value };
  if (Array.isArray(value)) return { name, type: 7, ints: value };
  if ('float' in value) return { name, type: 1, f: value.float };
  return { name, type: 4, t: value };
}

/** A node that is named after its output. */
export function node(
  opType: string,
  input: readonly string[],
  output: string,
  attributes: Readonly<Record<string, AttributeValue>> = {},
): Message {
  const list = Object.entries(attributes).map(([name, value]) => attribute(name, value));
  return { opType, input, output: [output], name: `${output}_node`, attribute: list };
}

/** A named value; strings are symbolic dimensions. */
export function value(name: string, dims: readonly (number | string)[]): Message {
  const dim = dims.map(d => (typeof d === 'string' ? { dimParam: d } : { dimValue: d }));
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}

export interface ModelSpec {
  readonly nodes: readonly Message[];
  readonly initializers?: readonly Message[];
  /** Shape of the input `x`. */
  readonly input?: readonly (number | string)[];
  readonly inputs?: readonly Message[];
  readonly outputs?: readonly Message[];
  /** 17 unless given; null leaves it out. */
  readonly opset?: number | null;
}

/** The bytes of a model with the input `x`, and with the output of the last node. */
export function onnxModel(spec: ModelSpec): Uint8Array {
  const last = spec.nodes.at(-1)?.['output'] as readonly string[] | undefined;
  const graph = {
    name: 'test',
    node: spec.nodes,
    initializer: spec.initializers ?? [],
    input: spec.inputs ?? [value('x', spec.input ?? [1, 2, 4, 4])],
    output: spec.outputs ?? [{ name: last?.[0] ?? 'y' }],
  };
  const opsetImport = spec.opset === null ? [] : [{ domain: '', version: spec.opset ?? 17 }];
  return modelProto.encode(modelProto.fromObject({ irVersion: 8, graph, opsetImport })).finish();
}
