/**
 * `manifest.json`: what a program was made from and with, for audits and for the commands that take an output folder:
 * version, options, hashes, the kernel of every layer, every quantization parameter and the files of the output.
 */
import { executedLayers, type Program } from '../codegen/program.ts';
import type { Tensor } from '../graph/graph.ts';
import { formatShape } from '../ir/shape.ts';
import type { MemoryPlan } from '../plan/memory-plan.ts';
import { type InputMode, stepsOf } from '../plan/schedule.ts';
import type { KernelChoice } from '../plan/select-kernels.ts';
import type { Provenance } from './provenance.ts';

/** The part of a manifest that other commands read back. */
export interface Manifest {
  /** Version that compiled the program. */
  readonly snug: string;
  readonly format: 'snug-manifest';
  readonly name: string;
  readonly kernels: KernelChoice;
  /** Where the network's input lies. */
  readonly input: InputMode;
  /** The board whose memory it was placed in. */
  readonly target?: string | null | undefined;
  readonly provenance: Omit<Provenance, 'calibration'> & { readonly calibration: unknown };
}

/** Where a tensor lies: with the region, and the offset in it, where the arena lies in several. */
function locationOf({ locations, placement }: MemoryPlan, id: number): object {
  const location = locations[id]!;
  const parts = placement?.arena ?? [];
  if (parts.length < 2 || !('offset' in location)) return location;
  const part = parts.find(({ start, bytes }) => start <= location.offset && location.offset < start + bytes)!;
  return { ...location, region: part.region, offset: location.offset - part.start };
}

/** Which regions of the board hold what; null without a board. */
function placementFacts({ placement, schedule }: MemoryPlan): object | null {
  if (placement === null) return null;
  const { arena, weights } = placement;
  const tables = stepsOf(schedule).flatMap(({ node }) => {
    const region = weights.get(node.output);
    return region === undefined ? [] : [{ layer: node.name, region }];
  });
  const regions = [...new Set(tables.map(({ region }) => region))];
  return {
    arena: arena.map(({ region, bytes, scratch }) => ({ region, activationBytes: bytes, scratch })),
    weights: regions.length === 1 ? regions[0] : tables,
  };
}

/**
 * `manifest.json` as text, the same bytes for the same program.
 * @param files hashes of all other files of the output, by path
 */
export function manifestText(program: Program, provenance: Provenance, files: ReadonlyMap<string, string>): string {
  const { graph, plan } = program;
  const tensorFacts = (id: number): object => {
    const { name, shape, quantization } = graph.tensors[id] as Tensor<'quantized'>;
    return { tensor: name, shape: formatShape(shape), ...quantization, location: locationOf(plan, id) };
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
    readonly arena: object;
    readonly placement: object | null;
    readonly layers: readonly object[];
    readonly files: object;
  } = {
    snug: program.version,
    format: 'snug-manifest',
    name: program.name,
    kernels: program.kernels,
    target: plan.placement?.target ?? null,
    provenance,
    schedule: plan.schedule.kind,
    input: plan.schedule.input,
    arena: { bytes: plan.arenaBytes, alignment: plan.alignment, scratchBytes: plan.scratch, optimal: plan.optimal },
    placement: placementFacts(plan),
    layers,
    files: Object.fromEntries([...files].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  // Arrays of numbers stay on one line: a manifest is read by people too.
  const text = JSON.stringify(manifest, null, 2).replace(
    /\[\s+(-?[\d.eE+-]+(?:,\s+-?[\d.eE+-]+)*)\s+\]/g,
    (_, list: string) => `[${list.replace(/\s+/g, ' ')}]`,
  );
  return `${text}\n`;
}
