/** Loads an ONNX model and runs it, with inputs and outputs in the channels-first order that ONNX uses. */
import type { LoadOptions } from '../../src/frontends/frontend.ts';
import { loadOnnx } from '../../src/frontends/onnx/index.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { runFloat } from '../../src/interpreter/run-float.ts';
import { mapShape, type Shape } from '../../src/ir/shape.ts';
import { type ModelSpec, onnxModel } from './onnx-writer.ts';

/** The graph of a float model; a quantized one is a mistake of the test. */
export function loadFloat(bytes: Uint8Array, options: LoadOptions): Graph<'float'> {
  const { graph } = loadOnnx(bytes, options);
  if (graph.stage !== 'float') throw new Error(`${options.file} is quantized`);
  return graph;
}

/** The first `length` numbers of a fixed sequence between −2 and 2.4. */
export function sample(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => (((i * 5) % 12) - 5) * 0.4);
}

/** [1, c, h, w] to [1, h, w, c], or back. */
export function toChannelsLast(values: Float32Array, shape: Shape, back = false): Float32Array {
  const { height, width, channels } = mapShape(shape);
  const result = new Float32Array(values.length);
  for (let c = 0; c < channels; c += 1) {
    for (let p = 0; p < height * width; p += 1) {
      const [first, last] = [c * height * width + p, p * channels + c];
      if (back) result[first] = values[last]!;
      else result[last] = values[first]!;
    }
  }
  return result;
}

export interface OnnxRun {
  readonly graph: Graph<'float'>;
  /** Names of the layers' operators in order. */
  readonly kinds: readonly string[];
  /** Shape of the output, channels last. */
  readonly shape: Shape;
  /** Values of the output; maps channels-first, as ONNX would give them. */
  readonly output: readonly number[];
}

/** `input` is what ONNX would be given: channels-first. */
export function runOnnx(spec: ModelSpec, input: ArrayLike<number>, resolution?: readonly [number, number]): OnnxRun {
  const graph = loadFloat(onnxModel(spec), { file: 'test.onnx', resolution });
  const shape = graph.tensors[graph.output]!.shape;
  const values = Float32Array.from(input);
  const output = runFloat(graph, toChannelsLast(values, graph.tensors[graph.input]!.shape));
  return {
    graph,
    kinds: graph.nodes.map(n => n.kind),
    shape,
    output: Array.from(toChannelsLast(output, shape, true)),
  };
}
