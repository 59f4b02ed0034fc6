/** A TensorFlow graph to one of snug's, node by node in an order of execution. */
import { unsupportedModel } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import type { TfjsTensor } from '../../formats/tfjs-weights.ts';
import { graphBuilder } from '../../graph/builder.ts';
import type { Graph } from '../../graph/graph.ts';
import { elementsOf, formatShape, type Shape } from '../../ir/shape.ts';
import { checkSize, WeightBudget } from '../../ir/size-limits.ts';
import { graphName } from '../layer-names.ts';
import { attributesOf } from './attributes.ts';
import { type Activation, type Conversion, OperatorCall, type Value } from './call.ts';
import { type GraphNode, refuseFile } from './decode.ts';
import { nodeNamer } from './names.ts';
import { operators } from './operators/index.ts';
import type { Program } from './order.ts';

/** What a conversion needs besides the nodes. */
export interface ConvertOptions {
  readonly file: string;
  readonly weights: ReadonlyMap<string, TfjsTensor>;
  readonly inputShape: Shape;
  /** True where the file leaves height and width of the input open, so that the user gave them. */
  readonly resized: boolean;
}

/** The network, and how many of the constants that it uses were quantized. */
export interface Converted {
  readonly graph: Graph<'float'>;
  readonly quantized: number;
  readonly constants: number;
}

/** The values of the nodes that were converted, by name. */
type Values = Map<string, Value>;

function constantOf({ name }: GraphNode, { file, weights }: ConvertOptions): Value {
  const tensor = weights.get(name);
  if (tensor === undefined) return refuseFile('its weightsManifest lacks this tensor', { file, tensor: name });
  return { kind: 'constant', shape: tensor.shape, values: tensor.data };
}

function convertNode(conversion: Conversion, node: GraphNode, values: Values): Value {
  const origin = { file: conversion.file, layer: node.name };
  const inputs = node.inputs.map(({ node: name }) => values.get(name)!);
  const call = new OperatorCall(conversion, node, inputs, attributesOf(node, origin), origin);
  const operator = operators.get(node.op);
  if (operator === undefined) return call.refuse('');
  const extra = node.inputs.find(({ output }) => output !== 0);
  if (extra !== undefined) return call.refuse(`it reads the additional output ${extra.output} of ${extra.node}`);
  return operator(call);
}

/** The tensor to end with: a map, everything else a row [1, n]. */
function finish(conversion: Conversion, node: GraphNode, value: Activation): Graph<'float'> {
  const origin = { file: conversion.file, layer: node.name };
  const call = new OperatorCall(conversion, node, [], attributesOf(node, origin), origin);
  const isMap = value.shape.length === 4 && value.shape[0] === 1;
  return conversion.builder.finish(call.shaped(value, isMap ? value.shape : [1, elementsOf(value.shape)]));
}

/**
 * Converts the nodes of `program` at one resolution.
 * @throws SnugError for the first node that snug cannot express, naming it
 */
export function convert({ nodes, readers, output }: Program, options: ConvertOptions): Converted {
  const { file, inputShape, weights, resized } = options;
  // Every model.json is called so: the network has the name of its folder.
  const builder = graphBuilder(graphName(file, ['.json'], file.split(/[/\\]/).at(-2)), 'file');
  const nameLayer = nodeNamer(nodes);
  const supported = [...operators.keys()].join(', ');
  const conversion: Conversion = { file, builder, nameLayer, resized, supported, budget: new WeightBudget() };
  const values: Values = new Map();
  let [quantized, constants] = [0, 0];
  for (const node of nodes) {
    if (node.op === 'Placeholder') {
      checkSize(inputShape, { file, tensor: node.name });
      const id = builder.input(nameLayer(node), inputShape);
      values.set(node.name, { kind: 'activation', id, shape: inputShape, openBias: null });
    } else if (node.op === 'Const') {
      values.set(node.name, constantOf(node, options));
      constants += 1;
      if (weights.get(node.name)?.quantized === true) quantized += 1;
    } else {
      const value = convertNode(conversion, node, values);
      // A bias may take up a constant only where nobody else reads the value without that constant.
      const open = value.kind === 'constant' || readers.get(node.name) === 1;
      values.set(node.name, open ? value : { ...value, openBias: null });
    }
  }
  const last = nodes.at(-1)!;
  const value = values.get(output);
  if (value?.kind !== 'activation' || value.id === 0) {
    return refuseFile('no layer computes its output from its input', { file, tensor: output });
  }
  if (elementsOf(value.shape) < 1) {
    const problem = `the output is ${formatShape(value.shape)}`;
    throw new SnugError(
      unsupportedModel({ problem, fix: 'export the network with an output' }, { file, tensor: output }),
    );
  }
  return { graph: finish(conversion, last, value), quantized, constants };
}
