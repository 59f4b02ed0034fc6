/**
 * The figures of a compiled program: memory, work and noise, in all and layer by layer; the object that `--json` prints and
 * `report.json` holds. Sizes are bytes. A figure that is not known is null, never 0.
 */
import { executedLayers, type Program } from '../codegen/program.ts';
import { tensorOf } from '../graph/graph.ts';
import { onAnyCore } from '../ir/kernel-call.ts';
import { mapShape } from '../ir/shape.ts';
import { floatOperator } from '../ops/index.ts';
import { ramOf } from '../plan/plan-network.ts';
import { formatUnit, type InputMode } from '../plan/schedule.ts';
import { weightsOf } from '../plan/weights.ts';
import { arenaWithoutInput, groupBytes } from './timeline.ts';

/** One executed layer; layers that only rename their input have no row. */
export interface LayerReport {
  readonly name: string;
  readonly operator: string;
  /** The C function that the layer calls. */
  readonly kernel: string;
  readonly output: readonly number[];
  /** Multiply-accumulates for one picture. */
  readonly macs: number;
  readonly weightsBytes: number;
  /** On the core that needs most. */
  readonly scratchBytes: number;
  /** Signal-to-quantization-noise ratio against the float network in dB; null without inputs to measure it. */
  readonly sqnrDb: number | null;
}

/** A region of the board and what of it is used. */
export interface RegionReport {
  readonly name: string;
  readonly usedBytes: number;
  readonly sizeBytes: number;
}

/** The network, its memory and its work, for one picture. */
export interface CompileReport {
  readonly snug: string;
  readonly command: 'compile' | 'plan';
  readonly name: string;
  readonly model: {
    readonly source: string;
    readonly width: number | null;
    readonly resolution: readonly [height: number, width: number];
    readonly classes: number;
    readonly weights: 'file' | 'seeded';
    /** Null for a plan, which needs none. */
    readonly calibrationInputs: 'pictures' | 'random' | null;
  };
  readonly schedule: {
    readonly kind: string;
    /** MACs executed / MACs of the network. */
    readonly recomputeFactor: number;
    /** Where the network's input lies. */
    readonly input: InputMode;
    /** Layers that run together, in order. */
    readonly groups: readonly {
      readonly kind: 'layers' | 'flow';
      /** What moves at once through a flow: `rows`, or `pixels × 8`. */
      readonly unit: string | null;
      readonly layers: readonly string[];
      /** The most bytes of the arena that are alive at once while they run. */
      readonly arenaBytes: number;
    }[];
  };
  readonly ram: {
    readonly arenaBytes: number;
    readonly arenaWithoutInputBytes: number;
    /** On the core that needs most; `scratchBytesByCore` has each of them. */
    readonly scratchBytes: number;
    readonly scratchBytesByCore: { readonly c: number; readonly dsp: number; readonly mve: number };
    readonly stateBytes: number;
    /** Known where the program was built for a core. */
    readonly stackBytes: number | null;
    readonly inputBytes: number;
    readonly outputBytes: number;
    /**
     * Arena, scratch, state, input and output; the stack is added where it is known. The largest scratch counts, because
     * the core is chosen when the C is compiled, and the program must fit whichever it is.
     */
    readonly totalBytes: number;
    readonly peak: { readonly layer: string; readonly bytes: number };
    /** True where no smaller arena exists for this order of execution. */
    readonly optimal: boolean;
    /** What the arena takes of each region of the board; null without one. */
    readonly regions: readonly RegionReport[] | null;
  };
  readonly flash: {
    readonly weightsBytes: number;
    readonly codeBytes: number | null;
    /** What the constant tables take of each region of the board; null without one. */
    readonly regions: readonly RegionReport[] | null;
  };
  readonly macs: { readonly network: number; readonly executed: number };
  /** Trainable ones, as `snug inspect` and training frameworks count them. */
  readonly parameters: number;
  readonly layers: readonly LayerReport[];
}

function regionsOf(regions: readonly RegionReport[] | undefined): readonly RegionReport[] | null {
  return regions?.map(({ name, usedBytes, sizeBytes }) => ({ name, usedBytes, sizeBytes })) ?? null;
}

/** What a report says of where a network came from, and which command asks. */
export interface ReportOrigin {
  readonly command: CompileReport['command'];
  readonly source: string;
  readonly width: number | null;
  readonly calibrationInputs: CompileReport['model']['calibrationInputs'];
}

/**
 * The figures of a program that was planned, or compiled.
 * @param parameters trainable ones of the network before it was folded
 * @param sqnr by tensor id, or null where there was no input to measure with
 */
export function reportOf(
  program: Program,
  origin: ReportOrigin,
  parameters: number,
  sqnr: readonly number[] | null,
): CompileReport {
  const { graph, plan } = program;
  const layers = executedLayers(plan).map(({ step: { node, call }, kernel }): LayerReport => {
    const output = tensorOf(graph, node.output);
    const inputs = node.inputs.map(id => tensorOf(graph, id).shape);
    const noise = sqnr?.[node.output] ?? null;
    return {
      name: node.name,
      operator: node.kind,
      kernel: kernel.function,
      output: output.shape,
      macs: floatOperator(node.kind).macs(node.attributes as never, inputs, output.shape),
      weightsBytes: call.tables.reduce((sum, { data }) => sum + data.byteLength, 0),
      scratchBytes: onAnyCore(kernel.scratch),
      sqnrDb: noise === null || !Number.isFinite(noise) ? null : Math.round(noise * 100) / 100,
    };
  });
  const input = mapShape(tensorOf(graph, graph.input).shape);
  const output = mapShape(tensorOf(graph, graph.output).shape);
  const macs = layers.reduce((sum, layer) => sum + layer.macs, 0);
  const ram = ramOf(graph, plan);
  const alive = groupBytes(graph, plan);
  return {
    snug: program.version,
    command: origin.command,
    name: program.name,
    model: {
      source: origin.source,
      width: origin.width,
      resolution: [input.height, input.width],
      classes: output.channels,
      weights: graph.weights,
      calibrationInputs: origin.calibrationInputs,
    },
    schedule: {
      kind: plan.schedule.kind,
      recomputeFactor: plan.schedule.recomputeFactor,
      input: plan.schedule.input,
      groups: plan.schedule.groups.map((group, i) => ({
        kind: group.kind,
        unit: group.kind === 'flow' ? formatUnit(group.unit) : null,
        layers: group.steps.filter(({ call }) => call !== null).map(({ node }) => node.name),
        arenaBytes: alive[i]!,
      })),
    },
    ram: {
      arenaBytes: plan.arenaBytes,
      arenaWithoutInputBytes: arenaWithoutInput(graph, plan),
      scratchBytes: ram.scratch,
      scratchBytesByCore: plan.scratch,
      stateBytes: ram.state,
      stackBytes: null,
      inputBytes: ram.input,
      outputBytes: ram.output,
      totalBytes: ram.total,
      peak: plan.peak,
      optimal: plan.optimal,
      regions: regionsOf(plan.placement?.ram),
    },
    flash: { weightsBytes: weightsOf(plan), codeBytes: null, regions: regionsOf(plan.placement?.flash) },
    macs: { network: macs, executed: macs * plan.schedule.recomputeFactor },
    parameters,
    layers,
  };
}

/** `report.json`: the same bytes for the same report. */
export function reportText(report: CompileReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
