/** Keras model configurations and weights for tests, as Keras 3 writes them, and files that outside tools wrote. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Graph } from '../../src/graph/graph.ts';
import { runFloat } from '../../src/interpreter/run-float.ts';
import { decibels, noiseOf } from '../../src/numerics/statistics.ts';

type Config = Readonly<Record<string, unknown>>;

/** A layer of a Functional model; each entry of `calls` lists the layers that one call reads. */
export function kerasLayer(
  className: string,
  name: string,
  config: Config = {},
  calls: readonly (readonly string[])[] = [],
): Config {
  const tensor = (layer: string): Config => ({
    class_name: '__keras_tensor__',
    config: { keras_history: [layer, 0, 0] },
  });
  const inbound = calls.map(inputs => ({
    args: inputs.length === 1 ? [tensor(inputs[0]!)] : [inputs.map(tensor)],
    kwargs: {},
  }));
  return { class_name: className, name, config: { name, ...config }, inbound_nodes: inbound };
}

/** A Functional model whose input is the layer `x`. */
export function functionalModel(
  layers: readonly Config[],
  output: string,
  shape: readonly (number | null)[] = [null, 8, 8, 4],
): Config {
  const input = kerasLayer('InputLayer', 'x', { batch_shape: shape });
  return {
    class_name: 'Functional',
    config: { name: 'net', layers: [input, ...layers], input_layers: [['x', 0, 0]], output_layers: [[output, 0, 0]] },
  };
}

/** A file that is kept gzipped. */
export function gunzipped(path: string): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(path)));
}

/** Values of a file of float32. */
function float32File(path: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(path)).buffer);
}

/** Signal to noise of a graph's output against that of the tool which wrote the network, in dB. */
export function snrOf(graph: Graph<'float'>, input: string, output: string): number {
  return decibels(noiseOf(float32File(output), runFloat(graph, float32File(input))));
}
