import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadWeights } from '../../src/frontends/weights/index.ts';
import type { Graph, Node } from '../../src/graph/graph.ts';
import { runFloat } from '../../src/interpreter/run-float.ts';
import { mobilenetV2 } from '../../src/models/mobilenet-v2.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { foldBatchNorm } from '../../src/passes/fold-batch-norm.ts';
import { foldGraph } from '../../src/passes/index.ts';
import { dataFile } from '../support/data-folder.ts';
import { largestDifference } from '../support/operators.ts';
import { nodeOf } from '../support/small-graphs.ts';

const FILE = 'models/mobilenetv2_1.0_bn_unfused_backbone_onnxzoo.npz';
const path = dataFile(FILE, 'BatchNorm folding on real statistics');
const RESOLUTION = 64;

type Convolution = Node<'folded', 'conv2d' | 'depthwiseConv2d'>;
const isConvolution = (node: { readonly kind: string }): node is Convolution =>
  node.kind === 'conv2d' || node.kind === 'depthwiseConv2d';

/** Outputs of the layers by name. */
function activations(graph: Graph<'float'> | Graph<'folded'>, input: Float32Array): Map<string, Float32Array> {
  const seen = new Map<string, Float32Array>();
  runFloat(graph as Graph<'float'>, input, (tensor, data) => seen.set(graph.tensors[tensor]!.name, data));
  return seen;
}

function relativeDifference(actual: Float32Array, expected: Float32Array): number {
  let difference = 0;
  let largest = 0;
  expected.forEach((value, i) => {
    difference = Math.max(difference, Math.abs(actual[i]! - value));
    largest = Math.max(largest, Math.abs(value));
  });
  return difference / largest;
}

/** MobileNetV2 1.0 from the ONNX model zoo, trained with GluonCV; every tensor of the archive has to have its place. */
async function trained(file: string): Promise<Graph<'float'>> {
  const weights = await loadWeights({ path: file, bytes: readFileSync(file) });
  return mobilenetV2({ resolution: RESOLUTION, head: 'features' }, weights);
}

describe.runIf(path !== null)('with the statistics of a trained checkpoint', async () => {
  const float = path === null ? null : await trained(path);
  const random = seededRandom(7);
  // Preprocessed as the zoo does: a picture of mean 0 and deviation 1, smooth enough to have edges.
  const picture = Float32Array.from({ length: RESOLUTION * RESOLUTION * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % RESOLUTION, Math.floor(i / 3 / RESOLUTION)];
    return Math.sin(x / 5 + (i % 3)) + Math.cos(y / 7) + 0.3 * random.normal();
  });

  test('the first block expands, as the names of the archive show', () => {
    expect(nodeOf(float!, 'block_1_expand').attributes).toMatchObject({ kernel: [1, 1], outputChannels: 32 });
  });

  test('every layer’s output stays the same to 1e-5', () => {
    const before = activations(float!, picture);
    const folded = activations(foldBatchNorm(float!), picture);
    const compared = [...folded].map(([name, data]) =>
      relativeDifference(data, before.get(`${name}_bn`) ?? before.get(name)!),
    );
    expect(compared).toHaveLength(1 + float!.nodes.filter(node => node.kind !== 'batchNorm').length);
    expect(Math.max(...compared)).toBeLessThanOrEqual(1e-5);

    const fused = runFloat(foldGraph(float!, { softmax: false }), picture);
    expect(relativeDifference(fused, before.get('head_relu6')!)).toBeLessThanOrEqual(1e-5);
    // The network is alive down to its end: nothing above would notice zeros.
    expect(fused.filter(value => value > 0.1).length).toBeGreaterThan(100);
  });

  test('weights and biases are the double-precision ones, rounded once', () => {
    const folded = foldBatchNorm(float!);
    for (const norm of float!.nodes) {
      if (norm.kind !== 'batchNorm') continue;
      const name = norm.name.replace(/_bn$/, '');
      const [before, after] = [nodeOf(float!, name), nodeOf(folded, name)];
      if (!isConvolution(before) || !isConvolution(after)) throw new Error(`${name} has no weights`);
      const { gamma, beta, mean, variance } = norm.parameters;
      const factor = (c: number) => gamma[c]! / Math.sqrt(variance[c]! + 1e-5);
      const perChannel = before.parameters.weights.length / gamma.length;
      const old = before.parameters.weights;
      const expected = old.map((value, i) => {
        const channel = before.kind === 'depthwiseConv2d' ? i % gamma.length : Math.floor(i / perChannel);
        return Math.fround(value * factor(channel));
      });
      expect(largestDifference(after.parameters.weights, expected)).toBe(0);
      const { bias } = after.parameters;
      gamma.forEach((_, c) => {
        const exact = beta[c]! - mean[c]! * factor(c);
        expect(Math.abs(bias[c]! - exact)).toBeLessThanOrEqual(Math.abs(exact) * 2 ** -23);
      });
    }
  });
});
