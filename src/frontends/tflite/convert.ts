/** A TensorFlow Lite network to one of snug's, operator by operator in the order of the file. */
import { unsupportedModel } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import type { Graph } from '../../graph/graph.ts';
import type { IntegerScaling } from '../../ir/input-scaling.ts';
import { elementsOf, formatShape, type Shape, sameShape } from '../../ir/shape.ts';
import { checkSize, WeightBudget } from '../../ir/size-limits.ts';
import { graphName, layerNamer } from '../layer-names.ts';
import { type Activation, type Conversion, OperatorCall, titleOf, type Value } from './call.ts';
import type { FileOperator, TfliteModel } from './decode.ts';
import { refuseFile } from './flatbuffer.ts';
import { floatTarget } from './float-target.ts';
import { quantizedInput } from './input.ts';
import { takeIntegerScaling } from './input-scaling.ts';
import type { Notes } from './notes.ts';
import { operators } from './operators/index.ts';
import { quantizedTarget } from './quantized-target.ts';
import type { FileTensor } from './tensors.ts';
import { activationQuantization } from './values.ts';

const INTEGERS: ReadonlySet<string> = new Set(['INT8', 'UINT8']);

/** Whether layers compute with integers; a DEQUANTIZE may only read constants. */
function isQuantized({ operators: all, tensor }: TfliteModel): boolean {
  return all.some(({ name, outputs }) => name !== 'DEQUANTIZE' && outputs.some(id => INTEGERS.has(tensor(id).type)));
}

/** Refuses an activation of another type than the network's. */
function checkType(call: OperatorCall, { type, index }: FileTensor): void {
  const { target, model } = call.conversion;
  if (target.float ? type === 'FLOAT32' : INTEGERS.has(type)) return;
  if (index === model.output.index && call.operator.name === 'DEQUANTIZE') return;
  call.refuse(`its output is of type ${type}, and the network computes in ${target.float ? 'float32' : 'int8'}`);
}

/** What is computed must have the shape that the file states, where it states one and the input has its own size. */
function checkShape(call: OperatorCall, value: Activation, { shape, open }: FileTensor): void {
  if (shape.length === 0 || open.some(axis => axis)) return;
  if (sameShape(shape, value.shape)) return;
  refuseFile(`its output is ${formatShape(value.shape)}, and the file says ${formatShape(shape)}`, call.origin);
}

function convertOperator(
  conversion: Conversion,
  operator: FileOperator,
  values: ReadonlyMap<number, Value>,
  fixed: boolean,
): Value {
  const { model } = conversion;
  const [first, ...others] = operator.outputs;
  const output = model.tensor(first ?? -1);
  const inputs = operator.inputs.map((index): Value | null => {
    if (index < 0) return null;
    const tensor = model.tensor(index);
    return values.get(index) ?? (tensor.data === null ? null : { kind: 'constant', tensor });
  });
  const call = new OperatorCall(conversion, operator, output, inputs);
  const convert = operators.get(operator.name);
  if (convert === undefined) return call.refuse('');
  if (others.length > 0) return call.refuse(`it has ${others.length + 1} outputs`);
  const value = convert(call);
  if (value.kind === 'activation') {
    checkType(call, output);
    if (fixed) checkShape(call, value, output);
  }
  return value;
}

/** The output as a map or a row [1, n]. */
function outputOf(conversion: Conversion, value: Activation): Activation['id'] {
  const { model, notes, target } = conversion;
  const { output, file } = model;
  if (!target.float && output.type === 'UINT8') {
    const { scale, zeroPoint } = activationQuantization(output, file);
    notes.edges.push(
      `the output is int8 with scale ${scale} and zero point ${zeroPoint}: the file's own is uint8, of which every value is 128 less here`,
    );
  }
  const call = new OperatorCall(conversion, { name: 'output', inputs: [], outputs: [], options: null }, output, []);
  const { shape } = value;
  const isMap = shape.length === 4 && shape[0] === 1;
  const id = call.shaped(value, isMap ? shape : [1, elementsOf(shape)]);
  if (id !== 0) return id;
  throw new SnugError(
    unsupportedModel({ problem: 'no layer computes the output', fix: 'convert a network with layers' }, { file }),
  );
}

/** The network, and the scaling of its input that a quantized one does first and the graph does not. */
export interface Converted {
  readonly graph: Graph<'float'> | Graph<'quantized'>;
  readonly scaling: IntegerScaling | null;
}

/**
 * Converts all operators at the shape of the input given; `fixed` says that it is the shape in the file.
 * @throws SnugError for the first operator that snug cannot express, naming it
 */
export function convert(model: TfliteModel, shape: Shape, fixed: boolean, notes: Notes): Converted {
  const quantized = isQuantized(model);
  const name = graphName(model.file, ['.tflite', '.lite']);
  const target = quantized ? quantizedTarget(name, model.file, notes) : floatTarget(name, model.file, notes);
  const nameLayer = layerNamer();
  const conversion: Conversion = {
    model,
    target,
    notes,
    nameLayer,
    supported: [...operators.keys()].join(', '),
    budget: new WeightBudget(),
    shaped: new Map(),
  };
  const origin = { file: model.file, tensor: model.input.name };
  checkSize(shape, origin);
  if (!quantized && model.input.type !== 'FLOAT32') {
    const problem = `the input of the float network is of type ${model.input.type}`;
    throw new SnugError(unsupportedModel({ problem, fix: 'convert the model with an input of float32' }, origin));
  }
  const read = quantized ? quantizedInput(model, notes) : [model.input];
  const taken = quantized ? takeIntegerScaling(model, read.at(-1)!) : null;
  const tensors = [...read, ...(taken?.tensors ?? [])];
  const id = target.input(
    nameLayer([titleOf(model.input)], 'input'),
    shape,
    taken === null ? read[0]! : tensors.at(-1)!,
  );
  const values = new Map<number, Value>();
  for (const { index } of tensors) values.set(index, { kind: 'activation', id, shape, padding: null });

  for (const operator of model.operators) {
    // The first output is the only one; a QUANTIZE of the input, and what scales it, have their value already.
    const output = operator.outputs[0]!;
    if (!values.has(output)) values.set(output, convertOperator(conversion, operator, values, fixed));
  }
  const output = values.get(model.output.index);
  if (output?.kind !== 'activation') return refuseFile('no layer computes its output from its input', origin);
  return { graph: target.finish(outputOf(conversion, output)), scaling: taken?.scaling ?? null };
}
