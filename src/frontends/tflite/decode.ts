/**
 * Bytes to a TensorFlow Lite model whose outer form is known to be sound: one input, one output, operators in an order of
 * execution. What the operators mean is decided later.
 */
import { unsupportedModel } from '../../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../../diagnostics/diagnostic.ts';
import { refuseFile, scalar, Table } from './flatbuffer.ts';
import { operatorName, slots } from './schema.ts';
import { type FileTensor, TensorReader } from './tensors.ts';

/** One operator as the file has it. */
export interface FileOperator {
  /** As TensorFlow Lite names it, `CONV_2D` for example. */
  readonly name: string;
  /** Indices of tensors; −1 for an input that is left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Null where all options have their defaults. */
  readonly options: Table | null;
}

/** A model before its operators are looked at. */
export interface TfliteModel {
  readonly file: string;
  readonly tensor: (index: number, origin?: Origin) => FileTensor;
  /** The operators that the output needs, in the order of the file. */
  readonly operators: readonly FileOperator[];
  /** Operators that read a tensor. */
  readonly readers: (index: number) => readonly FileOperator[];
  readonly input: FileTensor;
  readonly output: FileTensor;
}

const SCHEMA_VERSION = 3;

function operatorNames(model: Table): readonly string[] {
  const codes = model.tables(slots.model.operatorCodes);
  return Array.from({ length: codes.length }, (_, index) => {
    const code = codes.at(index)!;
    // Numbers from 127 on are in a field of their own, which older files lack.
    const old = code.number(slots.operatorCode.deprecatedBuiltinCode, scalar.int8, 0);
    const name = operatorName(Math.max(old, code.number(slots.operatorCode.builtinCode, scalar.int32, 0)));
    return name === 'CUSTOM' ? `CUSTOM (${code.text(slots.operatorCode.customCode)})` : name;
  });
}

function operatorsOf(model: Table, subgraph: Table, file: string): readonly FileOperator[] {
  const names = operatorNames(model);
  const operators = subgraph.tables(slots.subgraph.operators);
  return Array.from({ length: operators.length }, (_, index) => {
    const table = operators.at(index)!;
    const code = table.number(slots.operator.opcodeIndex, scalar.uint32, 0);
    const name = names[code];
    if (name === undefined) return refuseFile(`operator ${index} has the code ${code}, which the file lacks`, { file });
    return {
      name,
      inputs: table.numbers(slots.operator.inputs, scalar.int32) ?? [],
      outputs: table.numbers(slots.operator.outputs, scalar.int32) ?? [],
      options: table.table(slots.operator.builtinOptions),
    };
  });
}

function single(indices: readonly number[] | null, what: string, file: string): number {
  const [index, ...others] = indices ?? [];
  if (index === undefined) return refuseFile(`its network has no ${what}`, { file });
  if (others.length === 0) return index;
  throw new SnugError(
    unsupportedModel(
      {
        problem: `the model has ${others.length + 1} ${what}s; snug takes one`,
        fix: `convert the part of the network that has one ${what}`,
      },
      { file },
    ),
  );
}

/** Tensors that an operator computes with. The shape of a RESHAPE is in its output too, and may be computed for nothing. */
function operandsOf({ name, inputs }: FileOperator): readonly number[] {
  return (name === 'RESHAPE' ? inputs.slice(0, 1) : inputs).filter(index => index >= 0);
}

/**
 * The operators that the output needs.
 * @throws SnugError `malformedFile` where one of them reads what none before it makes, and where a tensor is made twice
 */
function programOf(
  operators: readonly FileOperator[],
  output: number,
  isGiven: (index: number) => boolean,
  file: string,
): readonly FileOperator[] {
  const made = new Set<number>();
  for (const [index, { name, outputs }] of operators.entries()) {
    for (const id of outputs) {
      if (made.has(id) || isGiven(id))
        refuseFile(`${name}, its operator ${index}, makes a tensor that exists`, { file });
      made.add(id);
    }
  }
  const needed = new Set([output]);
  const program: FileOperator[] = [];
  for (const operator of operators.toReversed()) {
    if (!operator.outputs.some(id => needed.has(id))) continue;
    program.unshift(operator);
    for (const id of operator.outputs) needed.delete(id);
    for (const id of operandsOf(operator)) needed.add(id);
  }
  const missing = [...needed].find(id => !isGiven(id));
  if (missing !== undefined) {
    refuseFile(`no earlier operator makes tensor ${missing}; one is missing or they form a cycle`, { file });
  }
  return program;
}

/**
 * Decodes a model; of several subgraphs the first is the network.
 * @throws SnugError `malformedFile` where the bytes are no such model; `unsupportedModel` for several inputs or outputs and for
 * schemas other than version 3
 */
export function decodeModel(bytes: Uint8Array, file: string): TfliteModel {
  const model = Table.root(bytes, file);
  const version = model.number(slots.model.version, scalar.uint32, 0);
  if (version !== SCHEMA_VERSION) {
    const fix = 'convert the model again with a current TensorFlow';
    throw new SnugError(unsupportedModel({ problem: `the file is of schema version ${version}`, fix }, { file }));
  }
  const subgraph = model.tables(slots.model.subgraphs).at(0) ?? refuseFile('it holds no network', { file });
  const tensors = new TensorReader(model, subgraph, file);
  const input = single(subgraph.numbers(slots.subgraph.inputs, scalar.int32), 'input', file);
  const output = single(subgraph.numbers(slots.subgraph.outputs, scalar.int32), 'output', file);
  const operators = operatorsOf(model, subgraph, file);
  const isGiven = (index: number): boolean => index === input || tensors.read(index).data !== null;
  const program = programOf(operators, output, isGiven, file);
  return {
    file,
    tensor: index => tensors.read(index),
    operators: program,
    readers: index => program.filter(operator => operandsOf(operator).includes(index)),
    input: tensors.read(input),
    output: tensors.read(output),
  };
}
