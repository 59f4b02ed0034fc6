/**
 * Checks that a graph is well formed; runs after every pass, so that a fault is found where it was made.
 * Refuses with the name of the pass, the node and the tensor.
 */
import { malformedGraph, weightNotFinite } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { elementsOf, formatShape, type Shape, sameShape } from '../ir/shape.ts';
import { firstNonFinite } from '../numerics/statistics.ts';
import { type FoldedKind, floatOperator, foldedOperator } from '../ops/index.ts';
import { type Graph, inputShapes, type Node, originOf, type Stage, type Tensor, tensorOf } from './graph.ts';

function refuse(problem: string, pass: string, node?: { readonly name: string; readonly origin: object }): never {
  throw new SnugError(malformedGraph({ problem, pass }, node === undefined ? {} : originOf(node)));
}

function verifyOrder<S extends Stage>(graph: Graph<S>, pass: string): void {
  const made = new Set<number>([graph.input]);
  const names = new Set<string>();
  const known = (id: number): boolean => graph.tensors[id] !== undefined;
  if (!known(graph.input)) refuse(`its input is tensor ${graph.input}, which it does not have`, pass);
  for (const node of graph.nodes) {
    if (names.has(node.name)) refuse(`two layers are called ${node.name}`, pass, node);
    names.add(node.name);
    for (const id of node.inputs) {
      if (!made.has(id)) refuse(`it reads tensor ${id}, which no earlier layer makes`, pass, node);
    }
    if (!known(node.output)) refuse(`it makes tensor ${node.output}, which the graph does not have`, pass, node);
    if (made.has(node.output)) refuse(`tensor ${node.output} is made twice`, pass, node);
    made.add(node.output);
  }
  if (!made.has(graph.output)) refuse('no layer makes the output', pass);
}

function verifyNode<S extends Stage>(graph: Graph<S>, node: Node<S>, pass: string): void {
  const operator = floatOperator(node.kind);
  if (node.kind === 'batchNorm' && graph.stage !== 'float') refuse('BatchNorm is left over', pass, node);
  if (node.inputs.length !== operator.inputs) {
    refuse(`${node.kind} takes ${operator.inputs} inputs and has ${node.inputs.length}`, pass, node);
  }
  const shapes = inputShapes(graph, node);
  const expected = operator.outputShape(node.attributes as never, shapes, originOf(node));
  const actual = tensorOf(graph, node.output).shape;
  if (!sameShape(expected, actual)) {
    refuse(`its output is ${formatShape(actual)} and should be ${formatShape(expected)}`, pass, node);
  }
}

/** Constants that were found finite: passes hand most of them on, and nothing writes to them. */
const FINITE = new WeakSet<Float32Array>();

/** Float constants: as many elements as the operator needs, and every one of them finite. */
function verifyFloatParameters(graph: Graph<'float'>, node: Node<'float'>, pass: string): void {
  const parameters: Readonly<Record<string, Float32Array>> = node.parameters;
  const shapes: Readonly<Record<string, Shape>> = floatOperator(node.kind).parameterShapes(
    node.attributes as never,
    inputShapes(graph, node),
  );
  for (const [name, shape] of Object.entries(shapes)) {
    const values = parameters[name];
    if (values === undefined) refuse(`it lacks ${name}`, pass, node);
    if (values.length !== elementsOf(shape)) {
      refuse(`${name} has ${values.length} elements and needs ${formatShape(shape)}`, pass, node);
    }
    if (FINITE.has(values)) continue;
    const bad = firstNonFinite(values);
    if (bad >= 0)
      throw new SnugError(weightNotFinite({ parameter: name, index: bad, value: values[bad]! }, originOf(node)));
    FINITE.add(values);
  }
}

/** Operators that only move or select values must keep their input's quantization, fixed ones their own. */
function verifyQuantization(graph: Graph<'quantized'>, node: Node<'quantized'>, pass: string): void {
  const rule = foldedOperator(node.kind as FoldedKind).outputRange;
  if (rule === 'calibrated') return;
  const expected = rule === 'same-as-input' ? tensorOf(graph, node.inputs[0]!).quantization : rule;
  const actual = tensorOf(graph, node.output).quantization;
  if (actual.scale !== expected.scale || actual.zeroPoint !== expected.zeroPoint) {
    refuse(`its output has another quantization than ${node.kind} allows`, pass, node);
  }
}

/** Returns the graph, or throws a diagnostic that names `pass`. */
export function verify<S extends Stage>(graph: Graph<S>, pass: string): Graph<S> {
  graph.tensors.forEach((tensor: Tensor<S>, index) => {
    if (tensor.id !== index) refuse(`tensor ${tensor.name} has id ${tensor.id} at place ${index}`, pass);
    if (tensor.shape.some(d => !Number.isInteger(d) || d < 1)) {
      refuse(`tensor ${tensor.name} has shape ${formatShape(tensor.shape)}`, pass);
    }
    if (tensor.shape[0] !== 1)
      refuse(`tensor ${tensor.name} has batch ${tensor.shape[0]}; snug compiles for one picture at a time`, pass);
  });
  verifyOrder(graph, pass);
  for (const node of graph.nodes) {
    verifyNode(graph, node, pass);
    // The stage decides at run time what the type parameter says at compile time.
    if (graph.stage === 'quantized') verifyQuantization(graph as never, node as never, pass);
    else verifyFloatParameters(graph as never, node as never, pass);
  }
  return graph;
}
