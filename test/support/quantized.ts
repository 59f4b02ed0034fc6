/** A float network quantized over random inputs, with what planning makes of it. */
import type { Program } from '../../src/codegen/program.ts';
import type { Graph, Tensor } from '../../src/graph/graph.ts';
import { verify } from '../../src/graph/verify.ts';
import { runFloat } from '../../src/interpreter/run-float.ts';
import { quantizeArray } from '../../src/ir/quantization.ts';
import { elementsOf } from '../../src/ir/shape.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { applyStatistics } from '../../src/passes/calibrate.ts';
import { foldGraph } from '../../src/passes/index.ts';
import { quantize } from '../../src/passes/quantize.ts';
import { StatisticsCollector } from '../../src/passes/statistics/statistics.ts';
import { planMemory } from '../../src/plan/memory-plan.ts';
import { type InputMode, scheduleLayers } from '../../src/plan/schedule.ts';
import { type KernelChoice, selectKernels } from '../../src/plan/select-kernels.ts';
import { planStream } from '../../src/plan/stream/plan-stream.ts';

/** Extremes alone, as `minmax` needs them. */
const RANGES = { histograms: false, channels: false, moments: 'none' } as const;

/** `count` inputs in [−magnitude, magnitude], the same for the same seed. */
function randomInputs(graph: Graph<'float'>, count: number, seed: number, magnitude: number): readonly Float32Array[] {
  const random = seededRandom(seed);
  const length = elementsOf(graph.tensors[graph.input]!.shape);
  return Array.from({ length: count }, () =>
    Float32Array.from({ length }, () => magnitude * (2 * random.uniform() - 1)),
  );
}

/** How a network is to be run. */
export interface ProgramOptions {
  readonly name: string;
  readonly seed: number;
  /** Inputs are in [−magnitude, magnitude]; 1 unless given. */
  readonly magnitude?: number;
  readonly kernels?: KernelChoice;
  /** Layer by layer unless given. */
  readonly stream?: { readonly input: InputMode; readonly budgetBytes: number | null };
}

/** The same network under another plan. */
export function replanned(program: Program, options: Omit<ProgramOptions, 'seed' | 'magnitude'>): Program {
  const { name, kernels = 'auto', stream } = options;
  const { graph } = program;
  const steps = selectKernels(graph, kernels);
  const plan =
    stream === undefined ? planMemory(graph, scheduleLayers(steps)) : planStream(graph, steps, { ...stream, kernels });
  return { ...program, name, kernels, plan };
}

export function quantizedProgram(
  graph: Graph<'float'>,
  options: ProgramOptions,
): { readonly program: Program; readonly folded: Graph<'folded'>; readonly inputs: readonly Int8Array[] } {
  const { name, seed, magnitude = 1, kernels = 'auto' } = options;
  const folded = foldGraph(graph, { softmax: false });
  const reals = randomInputs(graph, 4, seed, magnitude);
  const collector = new StatisticsCollector(folded, RANGES);
  for (const real of reals) runFloat(folded, real, (tensor, data) => collector.observe(tensor, data));
  const calibrated = applyStatistics(folded, collector.result(), { kind: 'minmax' });
  const quantized = verify(quantize(calibrated, { inputRange: { min: -magnitude, max: magnitude } }), 'quantize');
  const plan = planMemory(quantized, scheduleLayers(selectKernels(quantized, kernels)));
  const { quantization } = quantized.tensors[quantized.input] as Tensor<'quantized'>;
  const program: Program = { name, version: '0.0.0', graph: quantized, plan, kernels, pixels: null, golden: [] };
  return {
    program: options.stream === undefined ? program : replanned(program, options),
    folded,
    inputs: reals.map(real => quantizeArray(real, quantization)),
  };
}
