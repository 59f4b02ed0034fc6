/** `snug eval DIR`: top-1 and top-5 of the compiled binary over a labelled folder, beside float and the int8 interpreter. */
import type { Command } from 'commander';
import { badUsage, labelOutOfRange } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import type { Graph, Tensor } from '../graph/graph.ts';
import { mapShape } from '../ir/shape.ts';
import { foldGraph } from '../passes/index.ts';
import { type LabelledPath, labelled, listPictures } from '../pictures/folder.ts';
import { DEFAULT_PREPROCESS } from '../pictures/preprocess.ts';
import { pickSamples } from '../pictures/samples.ts';
import { type Accuracy, accuracyOf, type Flips, flipsBetween } from '../report/accuracy.ts';
import { buildRunner, requirePortableKernels, withBuildFolder } from '../toolchain/host-program.ts';
import { type OutputFolder, readOutputFolder } from '../toolchain/output-folder.ts';
import { overPictures } from '../workers/pool.ts';
import type { PictureOutputs } from '../workers/tasks.ts';
import { readTemplates } from './files.ts';
import { addLabelFlags, addOutputFlags, count, type Flags } from './flags.ts';
import { recallModel } from './local-inputs.ts';
import { loadNetwork, type Network } from './network.ts';
import { settingsOf } from './settings.ts';
import { type Terminal, table, terminal } from './terminal.ts';

interface EvalFlags extends Flags {
  /** False with --no-reference: only the compiled binary runs. */
  readonly reference: boolean;
}

/** The model that is given, or else the one that the folder remembers, which may have gone since. */
async function givenOrRemembered(output: OutputFolder, flags: EvalFlags, out: Terminal): Promise<Network | null> {
  if (flags.model !== undefined || flags.config !== undefined) {
    return loadNetwork((await settingsOf(flags, out)).model);
  }
  const model = await recallModel(output.path);
  if (model === null) return null;
  return loadNetwork(model).catch((error: unknown) => {
    if (error instanceof SnugError) return null;
    throw error;
  });
}

/** What quantization keeps of each layer, as text: its name, operator, settings and the shape of its output. */
function layersOf(graph: Graph<'folded'> | Graph<'quantized'>): readonly string[] {
  const finite = (_key: string, value: unknown): unknown => (typeof value === 'number' ? String(value) : value);
  const input = graph.tensors[graph.input]!.shape;
  const layers = graph.nodes.map(({ name, kind, attributes, output }) =>
    JSON.stringify([name, kind, attributes, graph.tensors[output]!.shape], finite),
  );
  return [input.join(), ...layers];
}

/** Whether a folded network has the layers of a compiled one, which may end with the softmax of `--softmax` besides. */
function isSourceOf(float: Graph<'folded'>, quantized: Graph<'quantized'>): boolean {
  const [expected, actual] = [layersOf(quantized), layersOf(float)];
  const appended = expected.length - actual.length;
  if (appended !== 0 && !(appended === 1 && quantized.nodes.at(-1)?.kind === 'softmax')) return false;
  return actual.every((layer, i) => layer === expected[i]);
}

/** The float network that the folder was compiled from, where it can be found; null is reported as unknown. */
async function floatGraph(output: OutputFolder, flags: EvalFlags, out: Terminal): Promise<Graph<'folded'> | null> {
  if (!flags.reference) return null;
  const network = await givenOrRemembered(output, flags, out);
  if (network === null) {
    out.note('the float network is not known here; give --model or --config to compare with it');
    return null;
  }
  const { provenance } = output.manifest;
  const hashes = [provenance.model?.sha256, provenance.weights?.sha256];
  if (hashes[0] !== network.origin.model?.sha256 || hashes[1] !== network.origin.weights?.sha256) {
    out.note('the model file has changed since this folder was compiled: its float figures are not shown');
    return null;
  }
  const folded = foldGraph(network.graph, { softmax: false });
  if (isSourceOf(folded, output.graph)) return folded;
  out.note('the model is not the one that this folder was compiled from: its float figures are not shown');
  return null;
}

/** Labels as classes; a network of 1001 classes over labels below 1000 has the background as its class 0. */
function classesOf(
  paths: readonly LabelledPath[],
  classes: number,
  given: number | null,
  out: Terminal,
): readonly number[] {
  let offset = given ?? 0;
  if (given === null && classes === 1001 && paths.every(({ label }) => label < 1000)) {
    out.note('1001 classes and labels below 1000: class 0 is taken as background (--label-offset 0 if it is not)');
    offset = 1;
  }
  return paths.map(({ path, label }) => {
    const target = label + offset;
    if (target < 0 || target >= classes) throw new SnugError(labelOutOfRange({ path, label, classes }, { file: path }));
    return target;
  });
}

interface Evaluation {
  readonly images: number;
  readonly top1: Record<'float' | 'int8' | 'c', number | null>;
  readonly top5: Record<'float' | 'int8' | 'c', number | null>;
  readonly flips: Flips | null;
  /** Pictures whose outputs differ between the int8 interpreter and the binary: 0, or something is wrong. */
  readonly differingOutputs: number | null;
}

function evaluate(
  classes: readonly number[],
  outputs: readonly PictureOutputs[],
  binary: readonly Int8Array[],
): Evaluation {
  const of = (values: readonly (ArrayLike<number> | null)[]): Accuracy | null =>
    values.some(v => v === null) ? null : accuracyOf(values as readonly ArrayLike<number>[], classes);
  const float = of(outputs.map(o => o.float));
  const int8 = outputs.every(o => o.int8 !== null) ? of(outputs.map(o => o.int8)) : null;
  const c = of(binary)!;
  const differs = (i: number): boolean => outputs[i]!.int8!.some((value, at) => value !== binary[i]![at]);
  return {
    images: classes.length,
    top1: { float: float?.top1 ?? null, int8: int8?.top1 ?? null, c: c.top1 },
    top5: { float: float?.top5 ?? null, int8: int8?.top5 ?? null, c: c.top5 },
    flips: float === null ? null : flipsBetween(float, c),
    differingOutputs: int8 === null ? null : classes.filter((_, i) => differs(i)).length,
  };
}

function summary(name: string, { images, top1, top5, flips, differingOutputs }: Evaluation): string {
  const share = (count: number | null): string =>
    count === null ? '–' : `${count} (${((100 * count) / images).toFixed(1)} %)`;
  const rows = (['float', 'int8', 'c'] as const).map(kind => [
    { float: 'float', int8: 'int8 interpreter', c: 'compiled C' }[kind],
    share(top1[kind]),
    share(top5[kind]),
  ]);
  const lines = [`${name}: ${images} pictures`, table(['', 'top-1', 'top-5'], rows, ['left', 'right', 'right'])];
  if (flips !== null) lines.push(`against float, C lost ${flips.lost} pictures and gained ${flips.gained}`);
  if (differingOutputs !== null) lines.push(`outputs of C and interpreter differ in ${differingOutputs} pictures`);
  return lines.join('\n');
}

async function evalCommand(folder: string, flags: EvalFlags): Promise<void> {
  const out = terminal(flags);
  if (flags.images === undefined)
    throw new SnugError(
      badUsage({ problem: 'no pictures were given', fix: 'give a labelled folder with --images FOLDER' }),
    );
  const output = await readOutputFolder(folder);
  requirePortableKernels(output);
  const { graph } = output;
  const { height, width, channels } = mapShape((graph.tensors[graph.input] as Tensor<'quantized'>).shape);
  const all = labelled(await listPictures(flags.images), flags.images);
  const chosen = flags.samples === undefined ? all : pickSamples(all, flags.samples);
  const classCount = mapShape(graph.tensors[graph.output]!.shape).channels;
  const { provenance } = output.manifest;
  const classes = classesOf(chosen, classCount, flags.labelOffset ?? provenance.labelOffset, out);
  const float = await floatGraph(output, flags, out);

  const progress = out.progress(flags.reference ? 'float and int8 interpreters' : 'read pictures');
  const context = {
    size: { height, width, channels },
    preprocess: provenance.preprocess ?? DEFAULT_PREPROCESS,
    float,
    quantized: graph,
    method: provenance.calibration.method,
    runInt8: flags.reference,
  };
  const parts = await overPictures(
    'evaluateChunk',
    context,
    chosen.map(({ path }) => path),
    progress.update,
  );
  progress.stop();
  const outputs = parts.flat();

  const running = out.progress('compiled C');
  const templates = await readTemplates();
  const binary = await withBuildFolder(async buildFolder => {
    const runner = await buildRunner(output, templates, {
      compiler: 'gcc',
      sanitize: false,
      trace: false,
      buildFolder,
    });
    return runner.outputs(outputs.map(o => o.input!));
  });
  running.stop();
  const evaluation = evaluate(classes, outputs, binary);
  out.result(summary(output.name, evaluation), {
    snug: output.manifest.snug,
    command: 'eval',
    name: output.name,
    ...evaluation,
  });
  if ((evaluation.differingOutputs ?? 0) > 0) process.exitCode = 1;
}

export function addEvalCommand(program: Command): void {
  const command = program
    .command('eval')
    .argument('<dir>', 'folder that snug compile wrote')
    .description('accuracy of the compiled binary over a labelled folder, beside float and the int8 interpreter')
    .option('--images <folder>', 'labelled pictures: a folder a class, or class numbers in front of the file names')
    .option('--samples <n>', 'only so many of them, evenly spread', count)
    .option('--config <file>', 'configuration of the float network, where the folder does not remember it')
    .option('--model <file>', 'the float network, where the folder does not remember it')
    .option('--no-reference', 'run the compiled binary only');
  addOutputFlags(addLabelFlags(command)).action((folder: string, flags: EvalFlags) => evalCommand(folder, flags));
}
