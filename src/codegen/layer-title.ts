/** The comment in front of a layer's function. */
import { type Tensor, tensorOf } from '../graph/graph.ts';
import { formatShape } from '../ir/shape.ts';
import { floatOperator } from '../ops/index.ts';
import { commentText, thousands } from './format.ts';
import type { ExecutedLayer, Program } from './program.ts';

/** `3. block_1_project: conv2d, 1×16×16×16 to 1×16×16×8, 32,768 MACs; output scale 0.0629, zero point 2`. */
export function layerTitle(program: Program, layer: ExecutedLayer): string {
  const { node } = layer.step;
  const inputs = node.inputs.map(id => tensorOf(program.graph, id).shape);
  const output = tensorOf(program.graph, node.output);
  const macs = floatOperator(node.kind).macs(node.attributes as never, inputs, output.shape);
  const work = macs === 0 ? '' : `, ${thousands(macs)} MACs`;
  const { scale, zeroPoint } = (output as Tensor<'quantized'>).quantization;
  const title =
    `${layer.number}. ${node.name}: ${node.kind}, ${inputs.map(formatShape).join(' and ')} to ${formatShape(output.shape)}` +
    `${work}; output scale ${scale.toPrecision(9)}, zero point ${zeroPoint}`;
  return commentText(title);
}
