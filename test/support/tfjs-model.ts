/** TensorFlow.js graph models for tests: nodes and weights in, model.json and its one shard out. */
import { tfjsGraph } from '../../src/frontends/tfjs-graph/index.ts';
import type { Graph } from '../../src/graph/graph.ts';

/** One weight; its node is made with it. */
export interface TfjsWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly dtype?: 'float32' | 'int32';
}

export interface TfjsSpec {
  /** Sizes of the placeholder `x`; -1 is open. */
  readonly input?: readonly number[];
  readonly nodes: readonly object[];
  readonly weights?: readonly TfjsWeight[];
  /** Names of the outputs in the signature; without them there is none. */
  readonly outputs?: readonly string[];
}

const SHARD = 'group1-shard1of1.bin';

const base64 = (text: string): string => btoa(text);

/** Attributes in the JSON of `AttrValue`, by the type of the value. */
export const attribute: Readonly<{
  bool: (value: boolean) => object;
  float: (value: number) => object;
  int: (value: number) => object;
  string: (text: string) => object;
  ints: (values: readonly number[]) => object;
  strings: (values: readonly string[]) => object;
}> = {
  bool: b => ({ b }),
  float: f => ({ f }),
  int: i => ({ i: `${i}` }),
  string: text => ({ s: base64(text) }),
  ints: values => ({ list: { i: values.map(value => `${value}`) } }),
  strings: values => ({ list: { s: values.map(base64) } }),
};

/** A node of the graph. */
export function tfNode(op: string, name: string, input: readonly string[], attr: object = {}): object {
  return { name, op, input, attr };
}

/** Small numbers of both signs for a weight. */
export function tfRamp(name: string, shape: readonly number[]): TfjsWeight {
  const length = shape.reduce((product, size) => product * size, 1);
  return { name, shape, values: Array.from({ length }, (_, i) => (((i * 7) % 11) - 5) / 8) };
}

/** A list of integers, as shapes and axes are. */
export function tfInts(
  name: string,
  values: readonly number[],
  shape: readonly number[] = [values.length],
): TfjsWeight {
  return { name, shape, values, dtype: 'int32' };
}

function shapeProto(sizes: readonly number[]): object {
  return { dim: sizes.map(size => ({ size: `${size}` })) };
}

/** The value of model.json before it becomes text. */
export function tfjsJson({ input = [-1, 8, 8, 3], nodes, weights = [], outputs }: TfjsSpec): Record<string, unknown> {
  const constants = weights.map(({ name }) => tfNode('Const', name, []));
  const placeholder = tfNode('Placeholder', 'x', [], { shape: { shape: shapeProto(input) } });
  const signature = { outputs: Object.fromEntries((outputs ?? []).map((name, i) => [`out${i}`, { name }])) };
  return {
    format: 'graph-model',
    ...(outputs === undefined ? {} : { signature }),
    modelTopology: { node: [...nodes, ...constants, placeholder] },
    weightsManifest: [
      { paths: [SHARD], weights: weights.map(({ name, shape, dtype = 'float32' }) => ({ name, shape, dtype })) },
    ],
  };
}

/** The weights behind each other. */
export function tfjsShard({ weights = [] }: Pick<TfjsSpec, 'weights'>): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * weights.reduce((sum, { values }) => sum + values.length, 0)));
  let offset = 0;
  for (const { values, dtype } of weights) {
    for (const value of values) {
      if (dtype === 'int32') view.setInt32(offset, value, true);
      else view.setFloat32(offset, value, true);
      offset += 4;
    }
  }
  return new Uint8Array(view.buffer);
}

export const jsonBytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** The float graph of a model.json with one shard. */
export function loadTfjs(json: Uint8Array, shard: Uint8Array, resolution?: readonly [number, number]): Graph<'float'> {
  const companions = new Map([[SHARD, shard]]);
  const { graph } = tfjsGraph.load(json, { file: 'model.json', companions, resolution }) as { graph: Graph<'float'> };
  return graph;
}

/** The float graph of a network given as a specification. */
export function tfjsNetwork(spec: TfjsSpec, resolution?: readonly [number, number]): Graph<'float'> {
  return loadTfjs(jsonBytes(tfjsJson(spec)), tfjsShard(spec), resolution);
}
