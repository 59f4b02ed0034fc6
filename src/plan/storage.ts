/**
 * Decides where each activation lives: in the caller's input or output, or in a buffer of the arena. A reshape shares its
 * input's storage; an operator that may run in place writes over an input that it is the last to read.
 */
import { malformedGraph } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { type Graph, int8Bytes, tensorOf } from '../graph/graph.ts';
import type { Bytes, TensorId } from '../ir/units.ts';
import { foldedOperator } from '../ops/index.ts';
import type { Step } from './select-kernels.ts';

/** A stretch of the arena and the steps between which it holds something; both ends are included. */
export interface Buffer {
  readonly bytes: Bytes;
  /** A step, counted from 0, as is `last`. */
  readonly first: number;
  readonly last: number;
  readonly tensors: readonly TensorId[];
}

/** Which memory holds a tensor: the caller's input or output, or `buffers[buffer]`. */
export type Place =
  | { readonly kind: 'input' }
  | { readonly kind: 'output' }
  | { readonly kind: 'buffer'; readonly buffer: number };

/** Buffers without offsets yet, and the place of every tensor. */
export interface Storage {
  readonly buffers: readonly Buffer[];
  /** Indexed by tensor id. */
  readonly places: readonly Place[];
}

/** Groups of tensors that share storage, by a representative (union–find without ranks: chains are short). */
class Sharing {
  readonly #parents: number[];

  constructor(tensors: number) {
    this.#parents = Array.from({ length: tensors }, (_, id) => id);
  }

  find(id: number): number {
    const parent = this.#parents[id]!;
    return parent === id ? id : this.find(parent);
  }

  join(a: number, b: number): void {
    this.#parents[this.find(b)] = this.find(a);
  }
}

/** The step after which each group is never read again. */
function lastReads(steps: readonly Step[], sharing: Sharing): Map<number, number> {
  const last = new Map<number, number>();
  steps.forEach(({ node }, step) => {
    for (const id of [...node.inputs, node.output]) last.set(sharing.find(id), step);
  });
  return last;
}

/** The refusal of a network whose output is its input. */
export function nothingToCompute(): SnugError {
  const problem = 'its output is its input under another shape; there is nothing to compute';
  return new SnugError(malformedGraph({ problem, pass: 'planning' }));
}

/** Whose buffers hold the graph's input and output: `ours` are places to work in, like all others. */
export interface Ends {
  readonly input: 'caller' | 'ours';
  readonly output: 'caller' | 'ours';
}

const CALLERS_ENDS: Ends = { input: 'caller', output: 'caller' };

/**
 * Lifetimes follow from the order of `steps`. An input of ours lives from the first step on, an output of ours to the last.
 * @throws SnugError `malformedGraph` where the output shares the storage of the input, and both are the caller's
 */
export function assignStorage(graph: Graph<'quantized'>, steps: readonly Step[], ends: Ends = CALLERS_ENDS): Storage {
  const sharing = new Sharing(graph.tensors.length);
  for (const { node, call } of steps) if (call === null) sharing.join(node.inputs[0]!, node.output);
  const callers = ends.input === 'caller' && ends.output === 'caller';
  if (callers && sharing.find(graph.input) === sharing.find(graph.output)) {
    throw nothingToCompute();
  }

  // The caller's buffers are no place to work in: the input is not ours to write, the output may be smaller than it seems.
  const isInput = (id: number): boolean => ends.input === 'caller' && sharing.find(id) === sharing.find(graph.input);
  const isOutput = (id: number): boolean => ends.output === 'caller' && sharing.find(id) === sharing.find(graph.output);
  const isCallers = (id: number): boolean => isInput(id) || isOutput(id);
  steps.forEach(({ node, call }, step) => {
    if (call === null || !foldedOperator(node.kind).inPlace || isCallers(node.output)) return;
    const last = lastReads(steps, sharing);
    const dying = node.inputs.find(id => !isCallers(id) && last.get(sharing.find(id)) === step);
    if (dying !== undefined) sharing.join(dying, node.output);
  });

  const lives = new Map<number, { first: number; last: number; tensors: TensorId[] }>();
  if (ends.input === 'ours') lives.set(sharing.find(graph.input), { first: 0, last: 0, tensors: [graph.input] });
  steps.forEach(({ node }, step) => {
    for (const id of node.inputs) {
      const life = lives.get(sharing.find(id));
      if (life !== undefined) life.last = step;
    }
    const root = sharing.find(node.output);
    if (isCallers(node.output)) return;
    const life = lives.get(root);
    if (life === undefined) lives.set(root, { first: step, last: step, tensors: [node.output] });
    else {
      life.last = step;
      life.tensors.push(node.output);
    }
  });

  const roots = [...lives.keys()];
  const buffers = roots.map((root): Buffer => {
    const { first, last, tensors } = lives.get(root)!;
    const largest = Math.max(...tensors.map(id => int8Bytes(tensorOf(graph, id))));
    return { first, last, tensors, bytes: largest as Bytes };
  });
  const places = graph.tensors.map(({ id }): Place => {
    if (isInput(id)) return { kind: 'input' };
    if (isOutput(id)) return { kind: 'output' };
    return { kind: 'buffer', buffer: roots.indexOf(sharing.find(id)) };
  });
  return { buffers, places };
}
