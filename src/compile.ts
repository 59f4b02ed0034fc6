/**
 * The pipeline from a float graph to files, readable from top to bottom. It touches neither disk nor processes: the caller
 * supplies templates, inputs and the statistics of the float network, and writes what comes back.
 */
import { emitProgram, type OutputFiles } from './codegen/emit.ts';
import { goldenVector } from './codegen/golden-view.ts';
import { emitIntegrations, type IntegrationName } from './codegen/integrations/index.ts';
import type { PixelMapping, Program } from './codegen/program.ts';
import type { TemplateFiles } from './codegen/templates.ts';
import { doesNotFit } from './diagnostics/catalog.ts';
import { SnugError } from './diagnostics/diagnostic.ts';
import type { Graph, Stage, Tensor } from './graph/graph.ts';
import { serializeGraph } from './graph/serialize.ts';
import { verify } from './graph/verify.ts';
import { layerSqnr } from './interpreter/compare.ts';
import type { Quantization } from './ir/quantization.ts';
import type { Bytes } from './ir/units.ts';
import type { Range } from './numerics/statistics.ts';
import { applyStatistics, type CalibrationMethod, type Statistics } from './passes/calibrate.ts';
import { foldGraph, type PassName, type PassObserver } from './passes/index.ts';
import { quantize } from './passes/quantize.ts';
import type { MemoryPlan } from './plan/memory-plan.ts';
import { type PlanOptions, planNetwork, ramOf } from './plan/plan-network.ts';
import { weightsOf } from './plan/weights.ts';
import { trainableParameters } from './report/inspection.ts';
import { manifestText } from './report/manifest.ts';
import type { Provenance } from './report/provenance.ts';
import { type CompileReport, reportOf, reportText } from './report/report.ts';

/** What is compiled, and how. */
export interface CompileOptions {
  readonly name: string;
  /** Version of snug, for the files that name it. */
  readonly version: string;
  /** Kernels, schedule, and where the input lies. */
  readonly plan: PlanOptions;
  /** Bytes for constant tables; null where there is no limit. */
  readonly flashBytes: Bytes | null;
  readonly calibration: CalibrationMethod;
  readonly softmax: boolean;
  /** What preprocessing makes of pixels 0 to 255, where the input is a picture; null takes the calibrated range. */
  readonly inputRange: Range | null;
  /** Golden vectors that go into C; `test/vectors.bin` holds all that `goldenInputs` gives. */
  readonly goldenInC: number;
  /** Build systems that the output folder is made a module of. */
  readonly integrations?: readonly IntegrationName[];
  readonly provenance: Provenance;
}

/** What the pipeline asks of its surroundings while it runs. */
export interface CompileSurroundings {
  readonly templates: TemplateFiles;
  /** Runs the folded float network over the calibration inputs. */
  readonly gatherStatistics: (graph: Graph<'folded'>, method: CalibrationMethod) => Promise<Statistics>;
  /** How pixels become int8 once the input's quantization is known; null where the input is no picture. */
  readonly pixels: (input: Quantization) => PixelMapping | null;
  /** Inputs for golden vectors and for the noise figures, real and quantized. */
  readonly goldenInputs: (input: Quantization) => Promise<readonly GoldenInput[]>;
  readonly observePass?: PassObserver;
  /** Called when a part of the work begins. */
  readonly onStage?: (stage: string) => void;
}

/** One input in NHWC order: as the float network takes it, and quantized. */
export interface GoldenInput {
  readonly real: Float32Array;
  readonly int8: Int8Array;
}

/** The program with its figures, and the files that it becomes. */
export interface CompileResult {
  readonly folded: Graph<'folded'>;
  readonly program: Program;
  readonly report: CompileReport;
  /** Everything below the output folder, text and binary. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
}

/** Inputs over which the noise of each layer is measured; more would change the figures little and cost seconds each. */
const NOISE_INPUTS = 4;

function concatenate(inputs: readonly GoldenInput[]): Uint8Array {
  const size = inputs[0]?.int8.length ?? 0;
  const all = new Int8Array(size * inputs.length);
  for (const [i, { int8 }] of inputs.entries()) all.set(int8, i * size);
  return new Uint8Array(all.buffer);
}

/** @throws SnugError `doesNotFit` where a budget is exceeded; the stack and the code come on top of what is counted */
function requireFit(options: CompileOptions, graph: Graph<'quantized'>, plan: MemoryPlan): void {
  const { name, flashBytes } = options;
  const { ramBytes } = options.plan;
  const needed = ramOf(graph, plan).total;
  if (ramBytes !== null && needed > ramBytes)
    throw new SnugError(doesNotFit({ name, needed, budget: ramBytes, what: 'RAM' }));
  const weights = weightsOf(plan);
  if (flashBytes !== null && weights > flashBytes)
    throw new SnugError(doesNotFit({ name, needed: weights, budget: flashBytes, what: 'flash for constant tables' }));
}

/** Compiles a float network. Every stage's result is verified; the first fault ends the run with a diagnostic. */
export async function compile(
  graph: Graph<'float'>,
  options: CompileOptions,
  surroundings: CompileSurroundings,
): Promise<CompileResult> {
  const { observePass, onStage = () => undefined } = surroundings;
  const observe = <S extends Stage>(pass: PassName, result: Graph<S>): Graph<S> => {
    const verified = verify(result, pass);
    observePass?.(pass, verified as unknown as Graph<Stage>);
    return verified;
  };

  const folded = foldGraph(graph, { softmax: options.softmax }, observePass);
  onStage('calibrate');
  const statistics = await surroundings.gatherStatistics(folded, options.calibration);
  const calibrated = observe('calibrate', applyStatistics(folded, statistics, options.calibration));
  onStage('quantize');
  const quantized = observe('quantize', quantize(calibrated, { inputRange: options.inputRange }));

  const plan = planNetwork(quantized, options.plan);
  requireFit(options, quantized, plan);

  onStage('golden vectors');
  const { quantization } = quantized.tensors[quantized.input] as Tensor<'quantized'>;
  const inputs = await surroundings.goldenInputs(quantization);
  const golden = inputs.slice(0, options.goldenInC).map(({ int8 }) => goldenVector(quantized, plan, int8));
  const sqnr = layerSqnr(folded, quantized, inputs.slice(0, NOISE_INPUTS));

  onStage('emit');
  const { name, version } = options;
  const { kernels } = options.plan;
  const program: Program = {
    name,
    version,
    graph: quantized,
    plan,
    kernels,
    pixels: surroundings.pixels(quantization),
    golden,
  };
  const sources: OutputFiles = emitProgram(program, surroundings.templates);
  const { source, width, calibration } = options.provenance;
  const origin = { command: 'compile', source, width, calibrationInputs: calibration.inputs } as const;
  const report = reportOf(program, origin, trainableParameters(graph), inputs.length > 0 ? sqnr : null);
  const integrations = emitIntegrations(options.integrations ?? [], program, sources, surroundings.templates);
  const files = new Map<string, string | Uint8Array>([...sources, ...integrations]);
  files.set('manifest.json', manifestText(program, options.provenance));
  files.set('report.json', reportText(report));
  files.set('test/model.safetensors', serializeGraph(quantized));
  files.set('test/vectors.bin', concatenate(inputs));
  return { folded, program, report, files };
}
