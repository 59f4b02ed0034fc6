/** `snug inspect FILE|mobilenet-v2`: what a network consists of. A safetensors file is listed tensor by tensor. */
import type { Command } from 'commander';
import { readSafetensors } from '../formats/safetensors.ts';
import { printGraph } from '../graph/print.ts';
import { formatShape } from '../ir/shape.ts';
import { type Inspection, inspectGraph } from '../report/inspection.ts';
import { packageVersion, readInput } from './files.ts';
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

async function inspectWeights(path: string, out: Terminal): Promise<void> {
  const { tensors, metadata } = readSafetensors(await readInput(path, 'weight file'), path);
  const entries = [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  const rows = entries.map(({ name, dtype, shape }) => [name, dtype, formatShape(shape)]);
  out.result(`${table(['tensor', 'type', 'shape'], rows, ['left', 'left', 'left'])}\n${entries.length} tensors`, {
    snug: await packageVersion(),
    command: 'inspect',
    metadata,
    tensors: entries,
  });
}

async function inspectCommand(model: string | undefined, flags: Flags & { readonly graph?: boolean }): Promise<void> {
  const out = terminal(flags);
  if (model?.toLowerCase().endsWith('.safetensors')) return inspectWeights(model, out);
  const settings = await settingsOf({ ...flags, ...(model === undefined ? {} : { model }) }, out);
  const { graph } = await loadNetwork(settings.model);
  const inspection = inspectGraph(graph);
  const text = flags.graph === true ? printGraph(graph).trimEnd() : summary(inspection);
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
