/**
 * `manifest.json`: what a program was made from and with, for audits and for the commands that take an output folder:
 * version, options, hashes, the kernel of every layer and every quantization parameter.
 */
import { executedLayers, type Program } from '../codegen/program.ts';
import type { Tensor } from '../graph/graph.ts';
import { formatShape } from '../ir/shape.ts';
import type { KernelChoice } from '../plan/select-kernels.ts';
import type { Provenance } from './provenance.ts';

/** The part of a manifest that other commands read back. */
export interface Manifest {
  /** Version that compiled the program. */
  readonly snug: string;
  readonly format: 'snug-manifest';
  readonly name: string;
  readonly kernels: KernelChoice;
  readonly provenance: Provenance;
}

/** `manifest.json` as text, the same bytes for the same program. */
export function manifestText(program: Program, provenance: Provenance): string {
  const { graph, plan } = program;
  const tensorFacts = (id: number): object => {
    const { name, shape, quantization } = graph.tensors[id] as Tensor<'quantized'>;
    return { tensor: name, shape: formatShape(shape), ...quantization, location: plan.locations[id] };
  };
  const layers = executedLayers(plan).map(({ number, label, step: { node }, kernel }) => ({
    number,
    name: node.name,
    identifier: label,
    operator: node.kind,
    kernel: kernel.function,
    inputs: node.inputs.map(tensorFacts),
    output: tensorFacts(node.output),
    scratchBytes: kernel.scratch,
    ...('weightScales' in node.parameters ? { weightScales: [...node.parameters.weightScales] } : {}),
    ...('activation' in node.parameters ? { activation: node.parameters.activation } : {}),
  }));
  const manifest: Manifest & {
    readonly schedule: string;
    readonly input: string;
    readonly arena: object;
    readonly layers: readonly object[];
  } = {
    snug: program.version,
    format: 'snug-manifest',
    name: program.name,
    kernels: program.kernels,
    provenance,
    schedule: plan.schedule.kind,
    input: plan.schedule.input,
    arena: { bytes: plan.arenaBytes, alignment: plan.alignment, scratchBytes: plan.scratch, optimal: plan.optimal },
    layers,
  };
  // Arrays of numbers stay on one line: a manifest is read by people too.
  const text = JSON.stringify(manifest, null, 2).replace(
    /\[\s+(-?[\d.eE+-]+(?:,\s+-?[\d.eE+-]+)*)\s+\]/g,
    (_, list: string) => `[${list.replace(/\s+/g, ' ')}]`,
  );
  return `${text}\n`;
}
