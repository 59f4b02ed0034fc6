/** `snug inspect FILE|mobilenet-v2`: what a network consists of. A file of weights is listed tensor by tensor. */
import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { readRegular } from '../disk/regular.ts';
import { inspectWeights, isWeightFile, type WeightFile } from '../frontends/weights/index.ts';
import type { Graph, Stage } from '../graph/graph.ts';
import { printGraph } from '../graph/print.ts';
import type { InputScaling } from '../ir/input-scaling.ts';
import { formatShape } from '../ir/shape.ts';
import { formulaText } from '../pictures/choose-preprocess.ts';
import { type Inspection, inspectGraph } from '../report/inspection.ts';
import { packageVersion } from './files.ts';
import { addModelFlags, addOutputFlags, type Flags } from './flags.ts';
import { loadNetwork } from './network.ts';
import { settingsOf } from './settings.ts';
import { kibibytes, millions, type Terminal, table, terminal } from './terminal.ts';

function summary(inspection: Inspection): string {
  const rows = inspection.layers.map(layer => [
    layer.name,
    layer.operator,
    formatShape(layer.output),
    String(layer.parameters),
    String(layer.macs),
    String(layer.weightsBytes),
    String(layer.outputBytes),
  ]);
  const seeded = inspection.weights === 'seeded' ? '; weights are seeded random numbers' : '';
  return [
    table(['layer', 'operator', 'output', 'parameters', 'MACs', 'weight bytes', 'output bytes'], rows, [
      'left',
      'left',
      'left',
      'right',
      'right',
      'right',
      'right',
    ]),
    `${inspection.name}: ${formatShape(inspection.input)} → ${formatShape(inspection.output)}${seeded}`,
    `${millions(inspection.parameters)} parameters, ${millions(inspection.macs)} MACs, ${kibibytes(inspection.weightsBytes)} of weights in int8`,
  ].join('\n');
}

/** Layers that are not in the list, since compile makes them a part of the table from pixels to input. */
function scalingNote(inside: InputScaling): string {
  const formula = formulaText({ mean: [0], std: [1], inside });
  return `the network scales its input itself, which costs nothing: ${formula} goes into the table of pixels`;
}

async function listWeights(file: WeightFile, given: string, out: Terminal): Promise<void> {
  const { format, tensors, metadata, scheme, conventions, notes } = inspectWeights(file);
  for (const note of notes) out.note(note);
  const entries = [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  const rows = entries.map(({ name, dtype, shape }) => [name, dtype, formatShape(shape)]);
  const use =
    scheme === null
      ? 'the names are not those of a MobileNetV2 that snug knows, so that --weights does not take the file'
      : `names as in ${scheme} (${conventions}); use --model mobilenet-v2 --weights ${given}`;
  const text = [table(['tensor', 'type', 'shape'], rows, ['left', 'left', 'left']), `${entries.length} tensors`, use];
  out.result(text.join('\n'), {
    snug: await packageVersion(),
    command: 'inspect',
    format,
    scheme,
    metadata,
    tensors: entries,
  });
}

/** The bytes of a file of weights, or null for everything else, absent files included. */
async function weightFile(path: string): Promise<WeightFile | null> {
  if ((await stat(path).catch(() => null)) === null) return null;
  const file = { path, bytes: await readRegular(path, 'model or weight file') };
  return isWeightFile(file) ? file : null;
}

async function inspectCommand(model: string | undefined, flags: Flags & { readonly graph?: boolean }): Promise<void> {
  const out = terminal(flags);
  const weights = model === undefined || model === 'mobilenet-v2' ? null : await weightFile(model);
  if (weights !== null) return listWeights(weights, model!, out);
  const settings = await settingsOf({ ...flags, ...(model === undefined ? {} : { model }) }, out);
  const { graph, notes, scaling } = await loadNetwork(settings.model);
  for (const note of notes) out.note(note);
  if (scaling !== null) out.note(scalingNote(scaling));
  const inspection = inspectGraph(graph);
  const text = flags.graph === true ? printGraph(graph as Graph<Stage>).trimEnd() : summary(inspection);
  out.result(text, { snug: await packageVersion(), command: 'inspect', ...inspection });
}

export function addInspectCommand(program: Command): void {
  const command = program
    .command('inspect')
    .argument('[model]', 'a model or weight file, or mobilenet-v2')
    .description('layers, shapes, parameters, MACs and bytes of a network')
    .option('--graph', 'print the graph as text instead');
  addOutputFlags(addModelFlags(command)).action((model: string | undefined, flags: Flags) =>
    inspectCommand(model, flags),
  );
}
