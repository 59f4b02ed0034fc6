/** Compares what a compiled network computes with the interpreter, byte for byte, every layer of every input. */
import { executedLayers } from '../codegen/program.ts';
import type { Node } from '../graph/graph.ts';
import { compareBytes, type Difference } from '../interpreter/compare.ts';
import { runInt8 } from '../interpreter/run-int8.ts';
import type { Shape } from '../ir/shape.ts';
import { floatOperator } from '../ops/index.ts';
import { planMemory } from '../plan/memory-plan.ts';
import { scheduleLayers } from '../plan/schedule.ts';
import { selectKernels } from '../plan/select-kernels.ts';
import type { Runner } from './host-program.ts';
import type { OutputFolder } from './output-folder.ts';

/** What was compared, and where it first differs. */
export interface Comparison {
  /** Inputs that were run; `layers` counts those that each of them went through. */
  readonly vectors: number;
  readonly layers: number;
  readonly comparedBytes: number;
  readonly differingBytes: number;
  readonly firstDifference: (Difference & { readonly vector: number }) | null;
}

/** What was built, what its own test said, and what was compared besides. */
export interface VerifyResult extends Comparison {
  readonly compilers: readonly string[];
  /** One line of the golden test for each compiler; empty where the output carries none. */
  readonly goldenTests: readonly {
    readonly compiler: string;
    readonly passed: boolean;
    readonly message: string;
  }[];
}

/** What a person who waits is told. */
export interface VerifyProgress {
  stage(name: string): void;
  vector(done: number, total: number): void;
}

/** A layer as a trace numbers it, the tensor that it makes, and its multiply-accumulates. */
export interface TracedLayer {
  readonly layer: string;
  readonly number: number;
  readonly tensor: number;
  readonly macs: number;
}

function macsOf(graph: OutputFolder['graph'], { kind, attributes, inputs, output }: Node<'quantized'>): number {
  const shapeOf = (id: number): Shape => graph.tensors[id]!.shape;
  return floatOperator(kind).macs(attributes as never, inputs.map(shapeOf), shapeOf(output));
}

/** The layers that execute, whatever the schedule: it changes neither their order nor their numbers. */
export function tracedLayers({ graph, manifest }: OutputFolder): readonly TracedLayer[] {
  const plan = planMemory(graph, scheduleLayers(selectKernels(graph, manifest.kernels)));
  return executedLayers(plan).map(({ number, step: { node } }) => ({
    ...{ layer: node.name, number, tensor: node.output, macs: macsOf(graph, node) },
  }));
}

async function compareVector(
  output: OutputFolder,
  traced: readonly TracedLayer[],
  runner: Runner,
  input: Int8Array,
): Promise<ReturnType<typeof compareBytes> & { compared: number }> {
  const expected = new Map<number, Int8Array>();
  runInt8(output.graph, input, (tensor, data) => expected.set(tensor, data));
  const trace = await runner.trace(input);
  const layers = traced.map(({ layer, number, tensor }) => ({
    layer,
    expected: expected.get(tensor)!,
    actual: trace.get(number) ?? new Int8Array(),
  }));
  return { ...compareBytes(layers), compared: layers.reduce((sum, layer) => sum + layer.expected.length, 0) };
}

/** @param runner of a program with the trace hook on */
export async function compareVectors(
  output: OutputFolder,
  runner: Runner,
  inputs: readonly Int8Array[],
  progress: VerifyProgress,
): Promise<Comparison> {
  const traced = tracedLayers(output);
  let comparedBytes = 0;
  let differingBytes = 0;
  let firstDifference: Comparison['firstDifference'] = null;
  for (const [vector, input] of inputs.entries()) {
    const comparison = await compareVector(output, traced, runner, input);
    comparedBytes += comparison.compared;
    differingBytes += comparison.differingBytes;
    if (firstDifference === null && comparison.first !== null) firstDifference = { ...comparison.first, vector };
    progress.vector(vector + 1, inputs.length);
  }
  return { vectors: inputs.length, layers: traced.length, comparedBytes, differingBytes, firstDifference };
}
