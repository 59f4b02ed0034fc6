/**
 * MobileNetV2 1.0 from the ONNX model zoo (trained with GluonCV), with live BatchNorm statistics. Its first block has an
 * expansion of factor 1, which the paper's has not, so that layer is put into snug's network here.
 */
import type { Graph, Node, Tensor } from '../../src/graph/graph.ts';
import { verify } from '../../src/graph/verify.ts';
import { tensorId } from '../../src/ir/units.ts';
import { mobilenetV2 } from '../../src/models/mobilenet-v2.ts';
import type { ConvolutionShape, ParameterSource } from '../../src/models/parameter-source.ts';
import type { NpyArray } from './npz.ts';

const PREFIX = 'mobilenetv20_features_';

/** `features.3.conv.1.0` → `linearbottleneck2_conv1`; the head is `conv1`. PyTorch counts modules inside a block. */
function gluonName(module: string, kind: 'conv' | 'batchnorm'): string {
  const [, block = '', ...rest] = module.split('.');
  if (rest[0] !== 'conv') return `${PREFIX}${kind}${block === '0' ? 0 : 1}`;
  const inBlock = Number(block) - 1;
  const [place = 0, part] = rest.slice(1).map(Number);
  // Without expansion, PyTorch's modules start one lower. A BatchNorm behind a bare projection is its next module.
  const first = inBlock === 0 ? 1 : 0;
  const index = place + first - (part === undefined && kind === 'batchnorm' ? 1 : 0);
  return `${PREFIX}linearbottleneck${inBlock}_${kind}${index}`;
}

/** OIHW to OHWI; of depthwise weights [c, 1, h, w], to [1, h, w, c]. */
function permuted({ shape, data }: NpyArray, depthwise: boolean): Float32Array {
  const [outputs = 0, inputs = 0, height = 0, width = 0] = shape;
  const result = new Float32Array(data.length);
  for (let o = 0; o < outputs; o += 1) {
    for (let i = 0; i < inputs; i += 1) {
      for (let p = 0; p < height * width; p += 1) {
        const to = depthwise ? p * outputs + o : (o * height * width + p) * inputs + i;
        result[to] = data[(o * inputs + i) * height * width + p]!;
      }
    }
  }
  return result;
}

export class GluonWeights implements ParameterSource {
  readonly origin = 'file' as const;
  readonly #arrays: ReadonlyMap<string, NpyArray>;
  readonly #unread: Set<string>;

  constructor(arrays: ReadonlyMap<string, NpyArray>) {
    this.#arrays = arrays;
    this.#unread = new Set(arrays.keys());
  }

  get(name: string, ...shape: readonly number[]): NpyArray {
    const array = this.#arrays.get(name);
    if (array === undefined || array.shape.join() !== shape.join()) {
      throw new Error(`${name} is ${array?.shape.join()}, not ${shape.join()}`);
    }
    this.#unread.delete(name);
    return array;
  }

  convolution(module: string, { outputChannels, kernel, inputChannels }: ConvolutionShape): Float32Array {
    const name = `${gluonName(module, 'conv')}_weight`;
    return permuted(this.get(name, outputChannels, inputChannels, ...kernel), false);
  }

  depthwise(module: string, kernel: readonly [number, number], channels: number): Float32Array {
    return permuted(this.get(`${gluonName(module, 'conv')}_weight`, channels, 1, ...kernel), true);
  }

  batchNorm(module: string, channels: number): ReturnType<ParameterSource['batchNorm']> {
    return this.normNamed(gluonName(module, 'batchnorm'), channels);
  }

  normNamed(name: string, channels: number): ReturnType<ParameterSource['batchNorm']> {
    return {
      gamma: this.get(`${name}_gamma`, channels).data,
      beta: this.get(`${name}_beta`, channels).data,
      mean: this.get(`${name}_running_mean`, channels).data,
      variance: this.get(`${name}_running_var`, channels).data,
    };
  }

  linear(): never {
    throw new Error('the archive has no classifier');
  }

  finish(): void {}

  get unread(): readonly string[] {
    return [...this.#unread];
  }
}

export function gluonMobilenet(weights: GluonWeights, resolution: number): Graph<'float'> {
  const graph = mobilenetV2({ resolution, head: 'features', padding: 'symmetric' }, weights);
  const stem = graph.nodes[2]!;
  const name = `${PREFIX}linearbottleneck0`;
  const id = (place: number) => tensorId(graph.tensors.length + place);
  const expansion = [
    {
      kind: 'conv2d',
      attributes: {
        kernel: [1, 1],
        stride: [1, 1],
        padding: 'valid',
        outputChannels: 32,
        groups: 1,
        activation: null,
      },
      parameters: { weights: weights.get(`${name}_conv0_weight`, 32, 32, 1, 1).data, bias: new Float32Array(32) },
    },
    { kind: 'batchNorm', attributes: { epsilon: 1e-5 }, parameters: weights.normNamed(`${name}_batchnorm0`, 32) },
    { kind: 'clamp', attributes: { min: 0, max: 6 }, parameters: {} },
  ].map((node, place) => ({
    ...node,
    name: ['block_1_expand', 'block_1_expand_bn', 'block_1_expand_relu6'][place]!,
    inputs: [place === 0 ? stem.output : id(place - 1)],
    output: id(place),
    origin: {},
  })) as unknown as Node<'float'>[];
  const tensors: Tensor<'float'>[] = expansion.map(node => ({
    id: node.output,
    name: node.name,
    shape: graph.tensors[stem.output]!.shape,
  }));
  const rest = graph.nodes.slice(3).map((node, i) => (i === 0 ? { ...node, inputs: [id(2)] } : node));
  const nodes = [...graph.nodes.slice(0, 3), ...expansion, ...rest];
  return verify({ ...graph, tensors: [...graph.tensors, ...tensors], nodes }, 'test');
}
