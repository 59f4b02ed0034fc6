/**
 * Proves that the compiled C is the interpreter: builds with every compiler of the host, warnings as errors; runs the
 * golden test that the output carries; and compares every byte of every layer under the address and undefined-behaviour
 * sanitizers.
 */
import { executedLayers } from '../codegen/program.ts';
import type { TemplateFiles } from '../codegen/templates.ts';
import { int8Bytes, tensorOf } from '../graph/graph.ts';
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

/** One layer of a trace: its tensor, and how many bytes it puts out. */
interface TracedLayer {
  readonly layer: string;
  readonly tensor: number;
  readonly bytes: number;
}

/** The layers of a program in the order in which a trace gives them. */
function tracedLayers({ graph, manifest }: OutputFolder): readonly TracedLayer[] {
  const plan = planMemory(graph, scheduleLayers(selectKernels(graph, manifest.kernels)));
  return executedLayers(plan).map(({ step: { node } }) => ({
    layer: node.name,
    tensor: node.output,
    bytes: int8Bytes(tensorOf(graph, node.output)),
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
  let offset = 0;
  const layers = traced.map(({ layer, tensor, bytes }) => {
    const actual = trace.subarray(offset, offset + bytes);
    offset += bytes;
    return { layer, expected: expected.get(tensor)!, actual };
  });
  return { ...compareBytes(layers), compared: offset };
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
