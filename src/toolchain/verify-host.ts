/**
 * Proves that the compiled C is the interpreter: builds with every compiler of the host, warnings as errors; runs the
 * golden test that the output carries; and compares every byte of every layer under the address and undefined-behaviour
 * sanitizers.
 */
import { executedLayers } from '../codegen/program.ts';
import type { TemplateFiles } from '../codegen/templates.ts';
import { compareBytes, type Difference } from '../interpreter/compare.ts';
import { runInt8 } from '../interpreter/run-int8.ts';
import { planMemory } from '../plan/memory-plan.ts';
import { scheduleLayers } from '../plan/schedule.ts';
import { selectKernels } from '../plan/select-kernels.ts';
import { type HostCompiler, hostCompilers } from './host-compiler.ts';
import {
  buildGoldenTest,
  buildRunner,
  type Runner,
  requirePortableKernels,
  runGoldenTest,
  withBuildFolder,
} from './host-program.ts';
import type { OutputFolder } from './output-folder.ts';

/** What was built, what was compared, and where it first differs. */
export interface VerifyResult {
  readonly compilers: readonly HostCompiler[];
  /** One line of the golden test for each compiler; empty where the output carries none. */
  readonly goldenTests: readonly {
    readonly compiler: HostCompiler;
    readonly passed: boolean;
    readonly message: string;
  }[];
  /** Inputs that were run; `layers` counts those that each of them went through. */
  readonly vectors: number;
  readonly layers: number;
  readonly comparedBytes: number;
  readonly differingBytes: number;
  readonly firstDifference: (Difference & { readonly vector: number }) | null;
}

/** What a person who waits is told. */
export interface VerifyProgress {
  stage(name: string): void;
  vector(done: number, total: number): void;
}

/** A layer as a trace numbers it, and the tensor that it makes. */
interface TracedLayer {
  readonly layer: string;
  readonly number: number;
  readonly tensor: number;
}

/** The layers that execute, whatever the schedule: it changes neither their order nor their numbers. */
function tracedLayers({ graph, manifest }: OutputFolder): readonly TracedLayer[] {
  const plan = planMemory(graph, scheduleLayers(selectKernels(graph, manifest.kernels)));
  return executedLayers(plan).map(({ number, step: { node } }) => ({ layer: node.name, number, tensor: node.output }));
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

/** @param inputs quantized inputs to compare over; the golden test uses the output's own besides */
export async function verifyOnHost(
  output: OutputFolder,
  inputs: readonly Int8Array[],
  templates: TemplateFiles,
  progress: VerifyProgress,
): Promise<VerifyResult> {
  requirePortableKernels(output);
  const compilers = await hostCompilers();
  return withBuildFolder(async buildFolder => {
    const goldenTests: { compiler: HostCompiler; passed: boolean; message: string }[] = [];
    for (const compiler of output.hasGoldenTest ? compilers : []) {
      progress.stage(`golden test with ${compiler}`);
      const program = await buildGoldenTest(output, { compiler, sanitize: false, buildFolder });
      goldenTests.push({ compiler, ...(await runGoldenTest(program, buildFolder)) });
    }
    progress.stage('build with sanitizers');
    const runner = await buildRunner(output, templates, { compiler: 'gcc', sanitize: true, trace: true, buildFolder });
    progress.stage('compare every layer');
    const traced = tracedLayers(output);
    let comparedBytes = 0;
    let differingBytes = 0;
    let firstDifference: VerifyResult['firstDifference'] = null;
    for (const [vector, input] of inputs.entries()) {
      const comparison = await compareVector(output, traced, runner, input);
      comparedBytes += comparison.compared;
      differingBytes += comparison.differingBytes;
      if (firstDifference === null && comparison.first !== null) firstDifference = { ...comparison.first, vector };
      progress.vector(vector + 1, inputs.length);
    }
    const layers = traced.length;
    return { compilers, goldenTests, vectors: inputs.length, layers, comparedBytes, differingBytes, firstDifference };
  });
}
