/** What code generation starts from: a quantized graph with its plan, and everything that only names or describes it. */
import type { Graph } from '../graph/graph.ts';
import type { KernelCall } from '../ir/kernel-call.ts';
import type { MemoryPlan } from '../plan/memory-plan.ts';
import { kernelIn } from '../plan/schedule.ts';
import type { KernelChoice, Step } from '../plan/select-kernels.ts';
import { uniqueIdentifiers } from './naming.ts';
import type { FileView } from './views.ts';

/** How camera pixels become input values; null where the network does not take pictures. */
export interface PixelMapping {
  /** For each input channel, the int8 value of each pixel value 0 to 255. */
  readonly tables: readonly Int8Array[];
  readonly channelOrder: 'rgb' | 'bgr';
  /** For the header's comment: `mean 127.5, standard deviation 127.5`. */
  readonly description: string;
}

/** One input with what the interpreter made of it. */
export interface GoldenVector {
  /** Quantized, in NHWC order. */
  readonly input: Int8Array;
  readonly output: Int8Array;
  /** FNV-1a-32 of each executed layer's output. */
  readonly layers: readonly number[];
}

/** All that goes into the emitted files. */
export interface Program {
  /** Prefix of every symbol and file, a C identifier in lower case. */
  readonly name: string;
  /** Version of snug. */
  readonly version: string;
  readonly graph: Graph<'quantized'>;
  readonly plan: MemoryPlan;
  readonly kernels: KernelChoice;
  readonly pixels: PixelMapping | null;
  /** Vectors of the C test, which is left out where there are none. */
  readonly golden: readonly GoldenVector[];
}

/** A layer that executes: a step with a kernel call, its 1-based number and its identifier in C. */
export interface ExecutedLayer {
  readonly number: number;
  readonly label: string;
  readonly step: Step & { readonly call: KernelCall };
  /** The kernel that the layer calls in its group, which need not be that of the whole layer. */
  readonly kernel: KernelCall;
}

/** The steps that call a kernel, numbered as `run` and the trace number them. */
export function executedLayers(plan: MemoryPlan): readonly ExecutedLayer[] {
  const executed = plan.schedule.groups.flatMap(group =>
    group.steps.flatMap(step => {
      const kernel = kernelIn(group, step);
      return step.call === null || kernel === null ? [] : [{ step: { ...step, call: step.call }, kernel }];
    }),
  );
  const labels = uniqueIdentifiers(executed.map(({ step }) => step.node.name));
  return executed.map(({ step, kernel }, i) => ({ number: i + 1, label: labels[i]!, step, kernel }));
}

/** What the banners of all files share; no date, so that the same program gives the same bytes. */
export function fileView({ name, version }: Pick<Program, 'name' | 'version'>): FileView {
  return {
    name,
    upper: name.toUpperCase(),
    banner: `Written by snug ${version}. This output belongs to its user; weights keep the licence of their model.`,
    outputLicense: '0BSD',
    weightsLicense: 'LicenseRef-Model-Weights',
  };
}
