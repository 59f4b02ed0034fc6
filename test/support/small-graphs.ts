/** Shorthand for float graphs of a few layers with seeded constants, for tests of graphs, passes and plans. */
import { type GraphBuilder, graphBuilder } from '../../src/graph/builder.ts';
import type { Graph, Node, Stage } from '../../src/graph/graph.ts';
import type { RealClamp } from '../../src/ir/quantization.ts';
import { mapShape, type Shape } from '../../src/ir/shape.ts';
import type { TensorId } from '../../src/ir/units.ts';
import { type Random, seededRandom } from '../../src/numerics/random.ts';
import type { Padding } from '../../src/ops/window.ts';
import { normals } from './operators.ts';

export interface ConvOptions {
  readonly outputs?: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly padding?: Padding;
  readonly activation?: RealClamp | null;
}

export interface SmallGraph {
  readonly builder: GraphBuilder;
  readonly input: TensorId;
  conv(name: string, from: TensorId, options?: ConvOptions): TensorId;
  depthwise(name: string, from: TensorId, options?: ConvOptions): TensorId;
  dense(name: string, from: TensorId, outputs: number): TensorId;
  norm(name: string, from: TensorId): TensorId;
  clamp(name: string, from: TensorId, min: number, max: number): TensorId;
  add(name: string, a: TensorId, b: TensorId): TensorId;
  reshape(name: string, from: TensorId, shape: Shape): TensorId;
}

export const RELU6: RealClamp = { min: 0, max: 6 };

export function smallGraph(shape: Shape = [1, 6, 6, 4], seed = 1): SmallGraph {
  const builder = graphBuilder('small', 'seeded');
  const random: Random = seededRandom(seed);
  const values = (length: number, deviation: number): Float32Array => normals([length], random, deviation).data;
  const channelsOf = (id: TensorId): number => mapShape(builder.shapeOf(id)).channels;
  const input = builder.input('input', shape);
  return {
    builder,
    input,
    conv(name, from, { outputs = 4, kernel = 3, stride = 1, padding = 'same', activation = null } = {}) {
      const fanIn = kernel * kernel * channelsOf(from);
      const window = { kernel: [kernel, kernel], stride: [stride, stride], padding } as const;
      const parameters = { weights: values(outputs * fanIn, 1 / Math.sqrt(fanIn)), bias: values(outputs, 0.3) };
      return builder.add(
        'conv2d',
        name,
        [from],
        { ...window, outputChannels: outputs, groups: 1, activation },
        parameters,
      );
    },
    depthwise(name, from, { kernel = 3, stride = 1, padding = 'same', activation = null } = {}) {
      const channels = channelsOf(from);
      const window = { kernel: [kernel, kernel], stride: [stride, stride], padding } as const;
      const parameters = { weights: values(channels * kernel * kernel, 1 / kernel), bias: values(channels, 0.3) };
      return builder.add('depthwiseConv2d', name, [from], { ...window, multiplier: 1, activation }, parameters);
    },
    dense(name, from, outputs) {
      const inputs = builder.shapeOf(from).reduce((product, dimension) => product * dimension, 1);
      const parameters = { weights: values(outputs * inputs, 1 / Math.sqrt(inputs)), bias: values(outputs, 0.3) };
      return builder.add('fullyConnected', name, [from], { outputs, activation: null }, parameters);
    },
    norm(name, from) {
      const channels = channelsOf(from);
      const parameters = {
        gamma: values(channels, 1),
        beta: values(channels, 0.5),
        mean: values(channels, 0.5),
        variance: values(channels, 1).map(value => value * value + 0.1),
      };
      return builder.add('batchNorm', name, [from], { epsilon: 1e-3 }, parameters);
    },
    clamp: (name, from, min, max) => builder.add('clamp', name, [from], { min, max }, {}),
    add: (name, a, b) => builder.add('add', name, [a, b], { activation: null }, {}),
    reshape: (name, from, to) => builder.add('reshape', name, [from], { shape: to }, {}),
  };
}

export function kindsOf<S extends Stage>(graph: Graph<S>): string[] {
  return graph.nodes.map(node => `${node.kind} ${node.name}`);
}

export function nodeOf<S extends Stage>(graph: Graph<S>, name: string): Node<S> {
  const node = graph.nodes.find(candidate => candidate.name === name);
  if (node === undefined) throw new Error(`there is no layer ${name}`);
  return node;
}
