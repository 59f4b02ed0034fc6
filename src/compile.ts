/**
 * The pipeline from a graph to files, readable from top to bottom. It touches neither disk nor processes: the caller
 * supplies templates, inputs and the statistics of the float network, and writes what comes back.
 */
import { emitProgram, type OutputFiles } from './codegen/emit.ts';
import { goldenVector } from './codegen/golden-view.ts';
import { emitIntegrations, type IntegrationName } from './codegen/integrations/index.ts';
import type { PixelMapping, Program } from './codegen/program.ts';
import type { TemplateFiles } from './codegen/templates.ts';
import { doesNotFit, unsupportedModel } from './diagnostics/catalog.ts';
import { SnugError } from './diagnostics/diagnostic.ts';
import { type Graph, type Stage, type Tensor, tensorOf } from './graph/graph.ts';
import { serializeGraph } from './graph/serialize.ts';
import { verify } from './graph/verify.ts';
import { layerSqnr } from './interpreter/compare.ts';
import { correctBias } from './interpreter/correct-bias.ts';
import type { Quantization } from './ir/quantization.ts';
import type { Bytes } from './ir/units.ts';
import type { Range } from './numerics/statistics.ts';
import { foldPads } from './passes/fold-pads.ts';
import { foldGraph, type PassObserver } from './passes/index.ts';
import { type GatherStatistics, type QuantizedNetwork, quantizeNetwork } from './passes/quantize-network.ts';
import type { QuantizeRecipe } from './passes/recipe.ts';
import type { MemoryPlan } from './plan/memory-plan.ts';
import { type PlanOptions, planNetwork, ramOf } from './plan/plan-network.ts';
import { weightsOf } from './plan/weights.ts';
import { trainableParameters } from './report/inspection.ts';
import { manifestText } from './report/manifest.ts';
import type { Provenance } from './report/provenance.ts';
import { type Explanation, explainQuantization } from './report/quantization/explain.ts';
import { explanationFiles } from './report/quantization/files.ts';
import { requireSqnr } from './report/quantization/least-sqnr.ts';
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
  /** How a float network becomes int8. */
  readonly recipe: QuantizeRecipe;
  readonly softmax: boolean;
  /** What preprocessing makes of pixels 0 to 255, where the input is a picture; null takes the calibrated range. */
  readonly inputRange: Range | null;
  /** Golden vectors that go into C; `test/vectors.bin` holds all that `goldenInputs` gives. */
  readonly goldenInC: number;
  /** Build systems that the output folder is made a module of. */
  readonly integrations?: readonly IntegrationName[];
  readonly provenance: Provenance;
  /** Measures what quantization costs and adds `quantization.json` and `quantization.html`; takes a minute for large networks. */
  readonly explain?: boolean;
  /** Of the output of every layer in dB; null, and a network that came quantized, where nothing is asked for. */
  readonly minSqnr?: number | null;
}

/** What the pipeline asks of its surroundings while it runs. */
export interface CompileSurroundings {
  readonly templates: TemplateFiles;
  /** Of a file's bytes, for the list of files in the manifest. */
  readonly hash: (content: string | Uint8Array) => string;
  readonly gatherStatistics: GatherStatistics;
  /** How pixels become int8 once the input's quantization is known; null where the input is no picture. */
  readonly pixels: (input: Quantization) => PixelMapping | null;
  /** Inputs for golden vectors and for the noise figures, real and quantized. */
  readonly goldenInputs: (input: Quantization) => Promise<readonly GoldenInput[]>;
  readonly observePass?: PassObserver;
  /** Called when a part of the work begins. */
  readonly onStage?: (stage: string) => void;
  /** Called as the layers are explained one by one. */
  readonly onExplained?: (done: number, total: number) => void;
}

/** One input in NHWC order: as the float network takes it, and quantized. */
export interface GoldenInput {
  readonly real: Float32Array;
  readonly int8: Int8Array;
}

/** The program with its figures, and the files that it becomes. */
export interface CompileResult {
  readonly program: Program;
  readonly report: CompileReport;
  /** Null where none was asked for, where the network came quantized, and without inputs to measure over. */
  readonly explanation: Explanation | null;
  /** Everything below the output folder, text and binary. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
}

/** Inputs over which the noise of each layer is measured; more would change the figures little and cost seconds each. */
export const NOISE_INPUTS = 4;

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

/** A quantized network, and what it came from where that is known. */
interface Quantized {
  readonly network: QuantizedNetwork | null;
  /** `network.quantized` with the biases that an empirical correction leaves. */
  readonly quantized: Graph<'quantized'>;
}

/** A network that came quantized keeps its integers; what would change them is refused. */
function asGiven(quantized: Graph<'quantized'>, { softmax }: CompileOptions): Quantized {
  if (softmax && quantized.nodes.at(-1)?.kind !== 'softmax') {
    throw new SnugError(
      unsupportedModel({
        problem: 'a softmax cannot be appended to a network that is quantized already',
        fix: 'leave out --softmax, or export the network with its softmax',
      }),
    );
  }
  return { network: null, quantized: verify(foldPads(quantized), 'fold-pads') };
}

/** Folds and quantizes a float network by the recipe. */
export async function quantizeFloat(
  graph: Graph<'float'>,
  { softmax, recipe, inputRange }: Pick<CompileOptions, 'softmax' | 'recipe' | 'inputRange'>,
  surroundings: Pick<CompileSurroundings, 'gatherStatistics' | 'goldenInputs' | 'observePass' | 'onStage'>,
): Promise<Quantized & { readonly network: QuantizedNetwork }> {
  const { observePass, onStage = () => undefined, gatherStatistics, goldenInputs } = surroundings;
  const folded = foldGraph(graph, { softmax }, observePass);
  // Passes that change activations have the pictures looked at again.
  const gather: GatherStatistics = async (graph, needs) => {
    onStage('calibrate');
    const statistics = await gatherStatistics(graph, needs);
    onStage('quantize');
    return statistics;
  };
  const network = await quantizeNetwork(folded, recipe, inputRange, gather, observePass);
  if (recipe.biasCorrection !== 'empirical') return { network, quantized: network.quantized };
  onStage('correct biases');
  const { quantization } = tensorOf(network.quantized, network.quantized.input);
  const corrected = correctBias(network.float, network.quantized, await goldenInputs(quantization));
  const quantized = verify(corrected, 'correct-bias');
  observePass?.('correct-bias', quantized as unknown as Graph<Stage>);
  return { network, quantized };
}

function explain(
  network: QuantizedNetwork,
  final: Graph<'quantized'>,
  inputs: readonly GoldenInput[],
  { name, version, recipe, inputRange, provenance }: CompileOptions,
  { onStage = () => undefined, onExplained = () => undefined }: CompileSurroundings,
): Explanation {
  onStage('explain');
  const calibration = {
    samples: provenance.calibration?.samples ?? 0,
    inputs: provenance.calibration?.inputs ?? 'random',
  };
  return explainQuantization({
    network,
    final,
    recipe,
    inputRange,
    inputs,
    name,
    version,
    calibration,
    onProgress: onExplained,
  });
}

/**
 * Compiles a network, float or quantized already. Every stage's result is verified; the first fault ends the run with a
 * diagnostic.
 */
export async function compile(
  graph: Graph<'float'> | Graph<'quantized'>,
  options: CompileOptions,
  surroundings: CompileSurroundings,
): Promise<CompileResult> {
  const { onStage = () => undefined } = surroundings;
  const { network, quantized } =
    graph.stage === 'quantized'
      ? asGiven(graph as Graph<'quantized'>, options)
      : await quantizeFloat(graph as Graph<'float'>, options, surroundings);

  const plan = planNetwork(quantized, options.plan);
  requireFit(options, quantized, plan);

  onStage('golden vectors');
  const { quantization } = quantized.tensors[quantized.input] as Tensor<'quantized'>;
  const inputs = await surroundings.goldenInputs(quantization);
  const golden = inputs.slice(0, options.goldenInC).map(({ int8 }) => goldenVector(quantized, plan, int8));
  const measured = inputs.slice(0, NOISE_INPUTS);
  const explanation =
    options.explain === true && network !== null && measured.length > 0
      ? explain(network, quantized, measured, options, surroundings)
      : null;
  const sqnr =
    explanation?.sqnr ??
    (network === null || measured.length === 0 ? null : layerSqnr(network.float, quantized, measured));
  if (sqnr !== null && options.minSqnr != null) requireSqnr(quantized, sqnr, options.minSqnr);

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
  const origin = { command: 'compile', source, width, calibrationInputs: calibration?.inputs ?? null } as const;
  const report = reportOf(program, origin, trainableParameters(graph), sqnr);
  const integrations = emitIntegrations(options.integrations ?? [], program, sources, surroundings.templates);
  const files = new Map<string, string | Uint8Array>([...sources, ...integrations]);
  files.set('report.json', reportText(report));
  files.set('test/model.safetensors', serializeGraph(quantized));
  files.set('test/vectors.bin', concatenate(inputs));
  for (const [path, text] of explanation === null ? [] : explanationFiles(explanation)) files.set(path, text);
  const hashes = new Map(Array.from(files, ([path, content]) => [path, surroundings.hash(content)] as const));
  files.set('manifest.json', manifestText(program, options.provenance, hashes));
  return { program, report, explanation, files };
}
