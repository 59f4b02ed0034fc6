/** `snug compile`: model to C. */
import type { Command } from 'commander';
import { checkIntegrations } from '../codegen/integrations/index.ts';
import { checkName } from '../codegen/naming.ts';
import type { PixelMapping } from '../codegen/program.ts';
import { type CompileResult, compile } from '../compile.ts';
import { badUsage } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { checkOutputFolder, writeOutputFolder } from '../disk/output-folder.ts';
import { sha256 } from '../disk/owned.ts';
import { printGraph } from '../graph/print.ts';
import { isPicture } from '../ir/input-scaling.ts';
import type { Quantization } from '../ir/quantization.ts';
import { formulaText } from '../pictures/choose-preprocess.ts';
import { type Preprocess, pixelTable } from '../pictures/preprocess.ts';
import type { CompileReport } from '../report/report.ts';
import { explanationText, refuseUnmeasurable } from './explanation.ts';
import { packageVersion, readTemplates } from './files.ts';
import { addCompileFlags, addLabelFlags, addModelFlags, addOutputFlags, type Flags } from './flags.ts';
import { INPUT_PLACES } from './input-places.ts';
import { modelFiles } from './local-inputs.ts';
import { inputSize } from './network.ts';
import { prepare } from './prepare.ts';
import { regionRows } from './region-rows.ts';
import { type Settings, settingsOf } from './settings.ts';
import { planOptions } from './target-memory.ts';
import { kibibytes, millions, type Terminal, table, terminal } from './terminal.ts';

function pixelMapping(preprocess: Preprocess, channels: number, quantization: Quantization): PixelMapping | null {
  if (!isPicture(channels)) return null;
  return {
    tables: pixelTable(preprocess, channels, quantization),
    channelOrder: preprocess.channelOrder,
    description: `${formulaText(preprocess)}, channels ${channels === 1 ? 'grey' : preprocess.channelOrder}`,
  };
}

function summary(report: CompileReport, out: string): string {
  const { ram, flash, macs, model } = report;
  const cores = ram.scratchBytesByCore;
  const rows = [
    [
      'arena',
      `${ram.arenaBytes}`,
      kibibytes(ram.arenaBytes),
      `widest at ${ram.peak.layer}${ram.optimal ? ', proved least' : ''}`,
    ],
    [
      'scratch',
      `${ram.scratchBytes}`,
      kibibytes(ram.scratchBytes),
      `most of C ${cores.c}, DSP ${cores.dsp}, MVE ${cores.mve}`,
    ],
    ['state', `${ram.stateBytes}`, kibibytes(ram.stateBytes), 'counters of what flows'],
    ['input', `${ram.inputBytes}`, kibibytes(ram.inputBytes), INPUT_PLACES[report.schedule.input]],
    ['output', `${ram.outputBytes}`, kibibytes(ram.outputBytes), "the caller's"],
    ['RAM in all', `${ram.totalBytes}`, kibibytes(ram.totalBytes), 'stack comes on top'],
    ['weights', `${flash.weightsBytes}`, kibibytes(flash.weightsBytes), 'flash; code comes on top'],
    ...regionRows(report),
  ];
  const seeded =
    model.weights === 'seeded'
      ? '\nWeights are seeded random numbers: this program plans and tests, it classifies nothing.'
      : '';
  const random = model.calibrationInputs === 'random' ? '\nCalibrated on random inputs.' : '';
  return [
    `${report.name}: ${model.resolution.join('×')} → ${model.classes}, ${report.layers.length} layers, ${millions(macs.network)} MACs, ${millions(report.parameters)} parameters`,
    table(['', 'bytes', '', ''], rows, ['left', 'right', 'right', 'left']),
    `written to ${out}${seeded}${random}`,
  ].join('\n');
}

async function runPipeline(settings: Settings, flags: Flags, out: Terminal): Promise<CompileResult> {
  const { network, inputs, preprocess } = await prepare(settings, out);
  const { graph } = network;
  const { minSqnr } = settings;
  refuseUnmeasurable(graph, minSqnr);
  if (flags.explain === true && graph.stage === 'quantized')
    out.note('nothing to explain: the model file is quantized already, without the float network that it came from');
  const { channels } = inputSize(graph);
  if (settings.name === null && network.nameNote !== null) out.note(network.nameNote);
  let dumped = flags.dumpAfter === undefined;
  let progress: ReturnType<Terminal['progress']> | null = null;
  const begin = (title: string): void => {
    progress?.stop();
    progress = out.progress(title);
  };
  const result = await compile(
    graph,
    {
      name: settings.name ?? network.name,
      version: await packageVersion(),
      plan: await planOptions(settings, flags),
      flashBytes: settings.flashBytes,
      recipe: settings.recipe,
      softmax: settings.softmax,
      inputRange: inputs.range,
      goldenInC: settings.golden,
      integrations: settings.integrations,
      provenance: {
        ...network.origin,
        preprocess,
        calibration:
          graph.stage === 'quantized'
            ? null
            : { recipe: settings.recipe, samples: inputs.samples, inputs: inputs.kind },
        labelOffset: settings.labelOffset,
      },
      explain: flags.explain === true,
      minSqnr,
    },
    {
      templates: await readTemplates(),
      hash: sha256,
      gatherStatistics: (folded, needs) =>
        inputs.statistics(folded, needs, (done, total) => progress?.update(done, total)),
      pixels: quantization => (inputs.range === null ? null : pixelMapping(preprocess, channels, quantization)),
      goldenInputs: quantization => inputs.golden(quantization),
      observePass: (pass, passed) => {
        if (pass !== flags.dumpAfter) return;
        out.dump(printGraph(passed));
        dumped = true;
      },
      onStage: begin,
      onExplained: (done, total) => progress?.update(done, total),
    },
  );
  (progress as ReturnType<Terminal['progress']> | null)?.stop();
  if (!dumped) out.note(`nothing to print after ${flags.dumpAfter}: that pass did not run`);
  return result;
}

async function compileCommand(flags: Flags): Promise<void> {
  const out = terminal(flags);
  const settings = await settingsOf(flags, out);
  if (settings.out === null)
    throw new SnugError(badUsage({ problem: 'no output folder was given', fix: 'give --out DIR' }));
  if (settings.name !== null) checkName(settings.name);
  checkIntegrations(settings.integrations, settings.plan.kernels);
  await checkOutputFolder(settings.out);
  const { report, explanation, files } = await runPipeline(settings, flags, out);
  await writeOutputFolder(settings.out, new Map([...files, ...modelFiles(settings.model)]));
  const text = summary(report, settings.out);
  if (explanation === null) out.result(text, report);
  else out.result(`${text}\n\n${explanationText(explanation.report)}`, { ...report, quantization: explanation.report });
}

/** Adds the command with its flags. */
export function addCompileCommand(program: Command): void {
  const command = program.command('compile').description('compile a network to C');
  addOutputFlags(addLabelFlags(addCompileFlags(addModelFlags(command)))).action((flags: Flags) =>
    compileCommand(flags),
  );
}
