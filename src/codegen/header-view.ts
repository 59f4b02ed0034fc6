/** The view of `<name>.h`: what a firmware engineer has to know to call the network. */
import { int8Bytes, type Tensor } from '../graph/graph.ts';
import type { ScratchBytes } from '../ir/kernel-call.ts';
import { mapShape } from '../ir/shape.ts';
import type { InputMode } from '../plan/schedule.ts';
import { flowCounters } from '../plan/stream/segments.ts';
import { weightsOf } from '../plan/weights.ts';
import { arenaSections, dividedParts } from './arena.ts';
import type { PixelsView } from './flow-views.ts';
import { hexFloat, thousands, wrapValues } from './format.ts';
import { executedLayers, fileView, type Program } from './program.ts';
import type { HeaderView, TensorView } from './views.ts';

/** True where the output is a vector, of which top-1 and top-k make sense. */
export function takesClasses({ graph }: Program): boolean {
  const { height, width, channels } = mapShape(graph.tensors[graph.output]!.shape);
  return height === 1 && width === 1 && channels > 1;
}

/** Tables from pixels to int8 as C text; null where the network takes no pictures. */
export function pixelsView({ pixels }: Program): PixelsView | null {
  if (pixels === null) return null;
  const [red, green, blue] = pixels.channelOrder === 'rgb' ? [0, 1, 2] : [2, 1, 0];
  return {
    channels: pixels.tables.length,
    preprocessing: pixels.description,
    colour: pixels.tables.length === 3,
    red: red!,
    green: green!,
    blue: blue!,
    tables: pixels.tables.map(table => ({ values: wrapValues(table, '        ') })),
  };
}

function tensorView(tensor: Tensor<'quantized'>, note: string): TensorView {
  const { height, width, channels } = mapShape(tensor.shape);
  const flat = height === 1 && width === 1;
  return {
    layout: flat
      ? `${channels} values`
      : `height ${height}, width ${width}, channels ${channels} (channels change fastest)`,
    note,
    dimensions: flat
      ? [{ label: 'LENGTH', value: channels }]
      : [
          { label: 'HEIGHT', value: height },
          { label: 'WIDTH', value: width },
          { label: 'CHANNELS', value: channels },
        ],
    bytes: int8Bytes(tensor),
    scale: `${hexFloat(tensor.quantization.scale)} /* ${tensor.quantization.scale.toPrecision(9)} */`,
    zeroPoint: tensor.quantization.zeroPoint,
  };
}

const ON_TOP: Readonly<Record<InputMode, string>> = {
  caller: "the caller's input and output come",
  resident: "the input is part of it, the caller's output comes",
  streamed: "rows of input are not kept; the caller's output comes",
};

const INPUT_NOTES: Readonly<Record<InputMode, string>> = {
  caller: 'It is never written.',
  resident: 'It lies in the arena and is overwritten.',
  streamed: 'Its rows are pushed one after another; it is never kept as a whole.',
};

/** Scratch by core; with armclang only where that needs more than gcc does. */
function scratchView({ plan, kernels }: Program): ScratchBytes & { readonly armclang: number | null } {
  const kernelScratch = executedLayers(plan).map(({ kernel }) => kernel.armclangScratch ?? kernel.scratch.dsp);
  const armclang = kernels === 'portable' ? 0 : Math.max(0, ...kernelScratch);
  return { ...plan.scratch, armclang: armclang > plan.scratch.dsp ? armclang : null };
}

/** @param title the sentence that says what the network is */
export function headerView(program: Program, title: string): HeaderView {
  const { graph, plan } = program;
  const { height, width } = mapShape(graph.tensors[graph.input]!.shape);
  const weights = weightsOf(plan);
  const seeded =
    graph.weights === 'seeded'
      ? ['WEIGHTS ARE SEEDED RANDOM NUMBERS: this program plans and tests, it classifies nothing.']
      : [];
  return {
    ...fileView(program),
    title,
    summary: [
      ...seeded,
      `RAM: ${thousands(plan.arenaBytes)} bytes of activations, widest at ${plan.peak.layer}; ${ON_TOP[plan.schedule.input]} on top.`,
      `Flash: ${thousands(weights)} bytes of constant tables; code comes on top.`,
    ],
    input: tensorView(graph.tensors[graph.input]!, INPUT_NOTES[plan.schedule.input]),
    output: tensorView(graph.tensors[graph.output]!, ''),
    arenaBytes: plan.arenaBytes,
    arenaArrayBytes: Math.max(1, plan.arenaBytes),
    parts: dividedParts(program),
    sections: arenaSections(program),
    portableOnly: program.kernels === 'portable',
    scratch: scratchView(program),
    weightBytes: weights,
    alignment: plan.alignment,
    layerCount: executedLayers(plan).length,
    streamed: plan.schedule.input === 'streamed' ? { height, width } : null,
    residentInput: plan.schedule.input === 'resident' && plan.locations[graph.input]!.kind === 'arena',
    states: flowCounters(plan.schedule),
    pixels: pixelsView(program),
    classes: takesClasses(program),
  };
}
