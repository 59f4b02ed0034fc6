/** An ONNX graph to one of snug's, node by node in the order of the file. */
import { unsupportedModel } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import { graphBuilder } from '../../graph/builder.ts';
import type { Graph } from '../../graph/graph.ts';
import { type AffineScaling, isPicture } from '../../ir/input-scaling.ts';
import { elementsOf, formatShape, mapShape } from '../../ir/shape.ts';
import { checkSize, WeightBudget } from '../../ir/size-limits.ts';
import type { TensorId } from '../../ir/units.ts';
import { type InputLayout, inputShape, type Resolution } from '../input-layout.ts';
import { graphName, layerNamer } from '../layer-names.ts';
import { attributesOf } from './attributes.ts';
import { type Activation, type Conversion, OperatorCall, type Value } from './call.ts';
import { decodeConstant } from './constant.ts';
import { type OnnxModel, refuseFile } from './decode.ts';
import { inputView } from './input.ts';
import { operators } from './operators/index.ts';
import { type Program, titleOf } from './order.ts';
import { quantizedGraph } from './quantized/build.ts';
import { emptyFacts } from './quantized/facts.ts';
import { isCoded, reasonAgainst, takesIntegers } from './quantized/operators.ts';
import type { RawNode } from './schema.ts';
import { isContiguous } from './view.ts';
import { emptyNotes, type WindowNotes } from './window-notes.ts';

/** What one conversion is made for; a file may be converted twice. */
export interface ConvertOptions {
  readonly layout: InputLayout;
  /** Null for a network whose input is a vector. */
  readonly resolution: Resolution | null;
  /** True where the user gave the resolution. */
  readonly resized: boolean;
  /** Findings of a conversion at the file's own resolution. */
  readonly exported: WindowNotes | null;
  /** Makes layers of what scales the input, in a model that holds quantized weights and computes in real numbers. */
  readonly scalingAsLayers?: boolean;
}

/** The network, and what was found about its windows on the way. */
export interface Converted {
  readonly graph: Graph<'float'> | Graph<'quantized'>;
  readonly windows: WindowNotes;
  /** Scaling of its input that a quantized network does in real numbers, which the graph does not; null where it does none. */
  readonly scaling: AffineScaling | null;
  /** Sentences for the user. */
  readonly notes: readonly string[];
}

/** ONNX Runtime's operators; only those of quantized models are read. */
const RUNTIME_DOMAIN = 'com.microsoft';

/** uint8 and int8 in `TensorProto.DataType`. */
const INTEGER_TYPES: ReadonlySet<number> = new Set([2, 3]);

/** Values by their ONNX name; initializers are decoded when they are first read. */
class Values {
  readonly #model: OnnxModel;
  readonly #values = new Map<string, Value>();

  constructor(model: OnnxModel) {
    this.#model = model;
  }

  set(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  /** Null for the empty name, which stands for an input that is left out. */
  get(name: string): Value | null {
    const known = this.#values.get(name);
    if (known !== undefined || name === '') return known ?? null;
    const origin = { file: this.#model.file, tensor: name };
    const tensor = this.#model.initializers.get(name);
    if (tensor === undefined) return refuseFile('no node makes this value', origin);
    const value = decodeConstant(tensor, origin);
    this.#values.set(name, value);
    return value;
  }
}

function convertNode(conversion: Conversion, node: RawNode, values: Values, { readers }: Program): Value {
  const origin = { file: conversion.file, layer: titleOf(node) };
  const inputs = node.input.map(name => values.get(name));
  const call = new OperatorCall(conversion, node, inputs, attributesOf(node, origin), origin);
  const standard = node.domain === '' || node.domain === 'ai.onnx';
  const operator = operators.get(node.opType);
  const known = operator !== undefined && (standard || (node.domain === RUNTIME_DOMAIN && isCoded(node.opType)));
  if (!known) {
    const reason = reasonAgainst(node.opType);
    return call.refuse(reason === '' && !standard ? `it is of the domain ${node.domain}` : reason);
  }
  if (!takesIntegers(node.opType) && inputs.some(i => i?.kind === 'activation' && i.coding !== null)) {
    return call.refuse(
      'it reads the integers of a quantized tensor, which only DequantizeLinear and QLinear operators may',
    );
  }
  const extra = node.output.slice(1).find(name => name !== '' && readers.has(name));
  if (extra !== undefined) return call.refuse(`its additional output ${extra} is used`);
  const before = conversion.scaling;
  const value = operator(call);
  const output = node.output[0] ?? '';
  // What was scaled is the input to everything behind; a second reader of it in between would get too much.
  if (conversion.scaling !== before && readers.get(output) !== 1) {
    return call.refuse('it scales the input of a quantized network for several readers');
  }
  // A bias may take up a constant only where nobody else reads the value without that constant.
  return value.kind === 'activation' && readers.get(output) !== 1 ? { ...value, openBias: null } : value;
}

/** The tensor to end with: a map channels-last, everything else a row [1, n] in ONNX's order. */
function outputOf(conversion: Conversion, name: string, value: Activation): TensorId {
  const node: RawNode = { input: [], output: [name], name: '', opType: 'output', attribute: [], domain: '' };
  const origin = { file: conversion.file, tensor: name };
  const call = new OperatorCall(conversion, node, [], attributesOf(node, origin), origin);
  const map = value.shape.length === 4 ? (call.map(value) ?? call.map(value, [0, 1, 2, 3])) : null;
  if (map !== null) return map;
  if (isContiguous(value)) return call.shaped(value, [1, elementsOf(value.shape)]);
  throw new SnugError(
    unsupportedModel(
      {
        problem: `the output is a flattened channels-first map of ${formatShape(value.shape)}`,
        fix: 'export the network without its last Flatten; snug gives the map as [1, height, width, channels]',
      },
      origin,
    ),
  );
}

/** What was taken, where it changes anything. */
function scalingOf({ scaling }: Conversion): AffineScaling | null {
  if (scaling === null) return null;
  const [scale, offset] = [Array.from(scaling.scale), Array.from(scaling.offset)];
  const blank = scale.every(number => number === 1) && offset.every(number => number === 0);
  return blank ? null : { kind: 'affine', scale, offset };
}

/**
 * Converts the nodes of `program` at one resolution. The graph's input and maps are channels-last whatever the file has.
 * @throws SnugError for the first node that snug cannot express, naming it
 */
export function convert(model: OnnxModel, program: Program, options: ConvertOptions): Converted {
  const builder = graphBuilder(graphName(model.file, ['.onnx']), 'file');
  const nameLayer = layerNamer();
  const windows = emptyNotes();
  const quantized = emptyFacts();
  const conversion: Conversion = {
    file: model.file,
    opset: model.opset,
    builder,
    nameLayer,
    notes: windows,
    exported: options.exported,
    resized: options.resized,
    supported: [...operators.keys()].join(', '),
    inputType: model.input.elementType,
    quantized,
    scaling: null,
    budget: new WeightBudget(),
  };
  const values = new Values(model);
  const shape = inputShape(options.layout, options.resolution);
  const origin = { file: model.file, tensor: model.input.name };
  checkSize(shape, origin);
  const label = nameLayer([model.input.name], 'input');
  const isInteger = INTEGER_TYPES.has(model.input.elementType) && program.nodes.some(node => isCoded(node.opType));
  const coding = isInteger ? 'input' : null;
  const id = builder.input(label, shape);
  values.set(model.input.name, {
    kind: 'activation',
    id,
    ...inputView(options.layout, shape),
    label,
    openBias: null,
    coding,
  });

  const { channels } = mapShape(shape);
  const coded = program.nodes.some(node => isCoded(node.opType));
  const mayScale = coded && coding === null && options.scalingAsLayers !== true;
  if (mayScale && isPicture(channels) && program.readers.get(model.input.name) === 1) {
    conversion.scaling = { scale: new Float64Array(channels).fill(1), offset: new Float64Array(channels) };
  }

  for (const node of program.nodes) values.set(node.output[0] ?? '', convertNode(conversion, node, values, program));

  const output = values.get(model.output);
  if (output?.kind !== 'activation' || output.id === 0) {
    return refuseFile('no layer computes its output from its input', { file: model.file, tensor: model.output });
  }
  const graph = builder.finish(outputOf(conversion, model.output, output));
  if (output.coding !== null && output.coding !== 'input' && output.coding.unsigned) {
    quantized.notes.add('the output is uint8 in the file and int8 here: each value is 128 lower');
  }
  if (quantized.tensors.size > 0) {
    const inIntegers = quantizedGraph(graph, quantized, model.file, nameLayer);
    return { graph: inIntegers, windows, scaling: scalingOf(conversion), notes: [...quantized.notes] };
  }
  if (quantized.weights.size > 0) {
    quantized.notes.add('only weights are quantized in the file: they are read as floats, and quantized here');
  }
  if (scalingOf(conversion) !== null) return convert(model, program, { ...options, scalingAsLayers: true });
  return { graph, windows, scaling: null, notes: [...quantized.notes] };
}
