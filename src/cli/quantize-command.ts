/** `snug quantize`: what quantization costs, layer by layer and pass by pass; no program is written. */
import type { Command } from 'commander';
import { NOISE_INPUTS, quantizeFloat } from '../compile.ts';
import { badUsage, unsupportedModel } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { checkPlace, writeOutputFile } from '../disk/writable.ts';
import type { Graph } from '../graph/graph.ts';
import { type ConvergencePoint, convergenceOf } from '../report/quantization/convergence.ts';
import { type Explanation, explainQuantization } from '../report/quantization/explain.ts';
import { calibrationText, decibelText, recipeText } from '../report/quantization/format.ts';
import { requireSqnr } from '../report/quantization/least-sqnr.ts';
import { explanationPage } from '../report/quantization/page/page.ts';
import type { QuantizationReport } from '../report/quantization/types.ts';
import { convergenceText, explanationText } from './explanation.ts';
import { packageVersion } from './files.ts';
import { addModelFlags, addOutputFlags, addQuantizeFlags, type Flags } from './flags.ts';
import type { Inputs } from './inputs.ts';
import { prepare } from './prepare.ts';
import { type Settings, settingsOf } from './settings.ts';
import { type Terminal, terminal } from './terminal.ts';

interface QuantizeFlags extends Flags {
  readonly html?: string;
  readonly convergence?: boolean;
}

/** The integers, with what they cost. */
interface Explained extends Explanation {
  readonly quantized: Graph<'quantized'>;
  /** Null unless it was asked for. */
  readonly convergence: readonly ConvergencePoint[] | null;
}

/** @throws SnugError `badUsage` where calibration takes every picture that there is */
async function heldOutOf(inputs: Inputs): Promise<readonly Float32Array[]> {
  const heldOut = await inputs.heldOut();
  if (heldOut.length > 0) return heldOut;
  throw new SnugError(
    badUsage({
      problem: 'calibration takes all pictures, and none is left to measure over',
      fix: 'give more pictures, or fewer to calibrate with (--samples N)',
    }),
  );
}

async function explainNetwork(settings: Settings, flags: QuantizeFlags, out: Terminal): Promise<Explained> {
  const { network, inputs } = await prepare(settings, out);
  if (network.graph.stage === 'quantized') {
    throw new SnugError(
      unsupportedModel({
        problem: 'the model file is quantized already, without the float network that it could be compared with',
        fix: 'give the float model; snug inspect and snug compile take a quantized one',
      }),
    );
  }
  const graph = network.graph as Graph<'float'>;
  const heldOut = flags.convergence === true ? await heldOutOf(inputs) : null;
  const { softmax, recipe } = settings;
  let progress: ReturnType<Terminal['progress']> | null = null;
  const onProgress = (done: number, total: number): void => progress?.update(done, total);
  const onStage = (title: string): void => {
    progress?.stop();
    progress = out.progress(title);
  };
  const options = { softmax, recipe, inputRange: inputs.range };
  const result = await quantizeFloat(graph, options, {
    gatherStatistics: (folded, needs) => inputs.statistics(folded, needs, onProgress),
    goldenInputs: quantization => inputs.golden(quantization),
    onStage,
  });
  const { quantized } = result;
  const { quantization } = quantized.tensors[quantized.input]!;
  onStage('explain');
  const explanation = explainQuantization({
    network: result.network,
    final: quantized,
    recipe,
    inputRange: inputs.range,
    inputs: (await inputs.golden(quantization)).slice(0, NOISE_INPUTS),
    name: settings.name ?? network.name,
    version: await packageVersion(),
    calibration: { samples: inputs.samples, inputs: inputs.kind },
    onProgress,
  });
  let convergence: readonly ConvergencePoint[] | null = null;
  if (heldOut !== null) {
    onStage('calibrate with fewer pictures');
    convergence = await convergenceOf({
      folded: result.network.original.float,
      recipe,
      inputRange: inputs.range,
      samples: inputs.samples,
      gather: samples => (folded, needs) => inputs.statistics(folded, needs, onProgress, samples),
      heldOut,
    });
  }
  (progress as ReturnType<Terminal['progress']> | null)?.stop();
  return { ...explanation, quantized, convergence };
}

function summary(report: QuantizationReport): string {
  const { name, output, measured, calibration, recipe, weights } = report;
  const same = output.agreement === null ? '' : `, float's class in ${output.agreement} of ${measured.inputs} inputs`;
  const seeded =
    weights === 'seeded' ? ['Weights are seeded random numbers: the figures say nothing of a trained network.'] : [];
  return [
    `${name}: output SQNR ${decibelText(output.sqnrDb)} dB${same}`,
    `calibrated with ${calibrationText(calibration)}: ${recipeText(recipe)}`,
    ...seeded,
    '',
    explanationText(report),
  ].join('\n');
}

async function quantizeCommand(flags: QuantizeFlags): Promise<void> {
  const out = terminal(flags);
  const settings = await settingsOf(flags, out);
  const { minSqnr } = settings;
  if (flags.html !== undefined) await checkPlace(flags.html);
  const explained = await explainNetwork(settings, flags, out);
  const { report, quantized, sqnr, convergence } = explained;
  // Written first: where the answer is no, the page shows why.
  if (flags.html !== undefined) await writeOutputFile(flags.html, explanationPage(explained));
  // stdout holds one object, which is that of the error where there is one.
  if (flags.json === true && minSqnr !== null) requireSqnr(quantized, sqnr, minSqnr);
  const text = [summary(report), ...(convergence === null ? [] : ['', convergenceText(convergence)])].join('\n');
  out.result(text, { ...report, ...(convergence !== null && { convergence }) });
  if (minSqnr !== null) requireSqnr(quantized, sqnr, minSqnr);
}

/** Adds the command with its flags. */
export function addQuantizeCommand(program: Command): void {
  const command = program
    .command('quantize')
    .description('what quantization costs, layer by layer and pass by pass; writes no program');
  addQuantizeFlags(addModelFlags(command))
    .option('--explain', 'said for clarity: this command explains with and without it')
    .option('--convergence', 'quantize with more and more pictures, and measure over others')
    .option('--html <file>', 'write the figures with their pictures as a page');
  addOutputFlags(command).action((flags: QuantizeFlags) => quantizeCommand(flags));
}
