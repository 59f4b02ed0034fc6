/**
 * Bytes to an ONNX model whose outer form is known to be sound: one operator set, one graph, one input, one output. What
 * the nodes mean is decided later.
 */
import { malformedFile, unsupportedModel } from '../../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../../diagnostics/diagnostic.ts';
import { modelProto, type RawGraph, type RawModel, type RawNode, type RawTensor, toNumber } from './schema.ts';

/** Semantics of broadcasting and BatchNormalization changed here, and no exporter in use writes older sets. */
const OLDEST_OPSET = 7;

interface OnnxInput {
  readonly name: string;
  /** A number of `TensorProto.DataType`. */
  readonly elementType: number;
  /** One entry a dimension; null where the file names it with a symbol or leaves it open. */
  readonly dimensions: readonly (number | null)[];
}

/** A model before its nodes are looked at. */
export interface OnnxModel {
  readonly file: string;
  /** Version of the default operator set, 7 or later. */
  readonly opset: number;
  readonly nodes: readonly RawNode[];
  /** Weights by name, not decoded yet. */
  readonly initializers: ReadonlyMap<string, RawTensor>;
  readonly input: OnnxInput;
  /** Name of the value that the network computes. */
  readonly output: string;
}

/** Throws `malformedFile` for an ONNX file. */
export function refuseFile(problem: string, origin: Origin): never {
  throw new SnugError(malformedFile({ format: 'ONNX', problem }, origin));
}

function parse(bytes: Uint8Array, file: string): RawModel {
  try {
    return modelProto.decode(bytes) as unknown as RawModel;
  } catch (error) {
    return refuseFile(`it cannot be decoded (${error instanceof Error ? error.message : String(error)})`, { file });
  }
}

function opsetOf(model: RawModel, file: string): number {
  const set = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  if (set === undefined) return refuseFile('it names no operator set', { file });
  const version = toNumber(set.version);
  if (version < OLDEST_OPSET) {
    throw new SnugError(
      unsupportedModel(
        {
          problem: `the model uses ONNX operator set ${version}`,
          fix: `export it with operator set ${OLDEST_OPSET} or newer (13 is a good choice)`,
        },
        { file },
      ),
    );
  }
  return version;
}

function initializersOf(graph: RawGraph, file: string): ReadonlyMap<string, RawTensor> {
  if (graph.sparseInitializer.length > 0) {
    throw new SnugError(
      unsupportedModel({ problem: 'the model has sparse weights', fix: 'export it with dense weights' }, { file }),
    );
  }
  const initializers = new Map<string, RawTensor>();
  for (const tensor of graph.initializer) {
    if (initializers.has(tensor.name)) refuseFile('two initializers have this name', { file, tensor: tensor.name });
    initializers.set(tensor.name, tensor);
  }
  return initializers;
}

function single<T extends { readonly name: string }>(values: readonly T[], what: string, file: string): T {
  const [value, ...others] = values;
  if (value === undefined) return refuseFile(`its graph has no ${what}`, { file });
  if (others.length > 0) {
    throw new SnugError(
      unsupportedModel(
        {
          problem: `the model has ${values.length} ${what}s (${values.map(v => v.name).join(', ')}); snug takes one`,
          fix: `export the part of the network that has one ${what}`,
        },
        { file },
      ),
    );
  }
  return value;
}

function inputOf(graph: RawGraph, initializers: ReadonlyMap<string, RawTensor>, file: string): OnnxInput {
  // Up to IR version 3, initializers are listed as inputs too.
  const values = graph.input.filter(({ name }) => !initializers.has(name));
  const { name, type } = single(values, 'input', file);
  const shape = type?.tensorType?.shape;
  if (shape === null || shape === undefined) {
    throw new SnugError(
      unsupportedModel(
        { problem: 'the model does not say what shape its input has', fix: 'export it with an input shape' },
        { file, tensor: name },
      ),
    );
  }
  const dimensions = shape.dim.map(({ dimValue, dimParam }) => {
    const value = toNumber(dimValue);
    return dimParam !== '' || value < 1 ? null : value;
  });
  return { name, elementType: type?.tensorType?.elemType ?? 0, dimensions };
}

/**
 * Decodes a model.
 * @throws SnugError `malformedFile` where the bytes are no ONNX model; `unsupportedModel` for several inputs or outputs, an
 * input without a shape, sparse weights and operator sets before 7
 */
export function decodeModel(bytes: Uint8Array, file: string): OnnxModel {
  const model = parse(bytes, file);
  if (model.graph === null) return refuseFile('it holds no graph', { file });
  if (toNumber(model.irVersion) < 1) return refuseFile('it has no IR version', { file });
  const initializers = initializersOf(model.graph, file);
  return {
    file,
    opset: opsetOf(model, file),
    nodes: model.graph.node,
    initializers,
    input: inputOf(model.graph, initializers, file),
    output: single(model.graph.output, 'output', file).name,
  };
}
