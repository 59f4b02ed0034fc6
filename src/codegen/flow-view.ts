/**
 * The view of a flowing group: one function for each segment, which computes what the rows at hand allow and hands it on,
 * and a loop that always runs the deepest segment that can.
 */
import { int8Bytes, tensorOf } from '../graph/graph.ts';
import type { FlowWindow } from '../ir/flow.ts';
import { mapShape } from '../ir/shape.ts';
import type { TensorId } from '../ir/units.ts';
import { formatUnit } from '../plan/schedule.ts';
import type { Step } from '../plan/select-kernels.ts';
import { blockPixels, chunkPixels } from '../plan/stream/flow-facts.ts';
import { type Segment, segmentsOf } from '../plan/stream/segments.ts';
import { address, localAddress, memoriesIn, scratchPointer, stretches } from './arena.ts';
import { type FlowContext, type FlowGroup, inputOf, inputWidth, layerOf } from './flow-context.ts';
import { pixelStage, type Stage, windowStage, wraps } from './flow-stages.ts';
import type { BodyView, FlowView, SegmentView, StreamedView, WindowView } from './flow-views.ts';
import { commentText } from './format.ts';
import { type KernelFunction, windowSymbol } from './kernel-function.ts';
import { pixelPointer, type Strips, wholePointer } from './pointers.ts';
import type { ExecutedLayer, Program } from './program.ts';

function windowView(layer: ExecutedLayer, window: FlowWindow): WindowView {
  const { input, output, kernel, stride, top, left } = window;
  const values = [...input, ...output, ...kernel, ...stride, top, left];
  const names = [
    'height',
    'width',
    'output_height',
    'output_width',
    'kernel_height',
    'kernel_width',
    'stride_height',
    'stride_width',
    'top',
    'left',
  ];
  return {
    symbol: windowSymbol(layer),
    initializer: names.map((name, i) => `.${name} = ${values[i]}`).join(', '),
  };
}

/** After a row has been made, rows that nothing needs any more leave the strip. */
function slideOf({ program, group }: FlowContext, layer: ExecutedLayer): SegmentView['slide'] {
  const [input] = layer.step.node.inputs as [TensorId];
  const location = program.plan.locations[input]!;
  if (group.unit.kind !== 'rows' || location.kind !== 'line-buffer') return null;
  const { width, channels } = mapShape(tensorOf(program.graph, input).shape);
  return { buffer: localAddress(program, location.offset), rowBytes: width * channels };
}

/** Declares, or passes on, the caller's buffers that the tensors lie in. */
function callersBuffers(program: Program, ids: readonly TensorId[]): Pick<SegmentView, 'parameters' | 'pointers'> {
  const used = (['input', 'output'] as const).filter(kind => ids.some(id => program.plan.locations[id]!.kind === kind));
  const declared = { input: 'const int8_t *input', output: 'int8_t *output' };
  return {
    parameters: used.map(kind => `, ${declared[kind]}`).join(''),
    pointers: used.map(kind => `, ${kind}`).join(''),
  };
}

/** Tensors that the calls of steps read or write while they flow. */
function touched(steps: readonly Step[]): readonly TensorId[] {
  return steps.flatMap(({ node, flow }) => (flow?.kind === 'reduce' ? node.inputs : [...node.inputs, node.output]));
}

interface BuiltSegment {
  readonly view: SegmentView;
  readonly stages: readonly Stage[];
  readonly window: WindowView | null;
}

function segment(context: FlowContext, { steps }: Segment, index: number): BuiltSegment {
  const { program, group, number, plan } = context;
  const stages = steps.map(step => {
    const layer = layerOf(context, step);
    return step.flow?.kind === 'window' ? windowStage(context, layer, step.flow) : pixelStage(context, layer);
  });
  const first = index === 0 ? null : layerOf(context, steps[0]!);
  const flow = first?.step.flow;
  const window = first !== null && flow?.kind === 'window' ? windowView(first, flow.window) : null;
  const slide = first === null ? null : slideOf(context, first);
  const buffers = callersBuffers(program, touched(steps));
  const workspace = plan.workspace!;
  const text = stages.map(({ view }) => [view.part, view.gather, view.call, view.trace?.pointer].join(' ')).join(' ');
  const uses = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(text);
  const rows = group.unit.kind === 'rows';
  const width =
    first === null ? inputWidth(context) : mapShape(tensorOf(program.graph, steps[0]!.node.output).shape).width;
  return {
    stages,
    window,
    view: {
      function: first === null ? `flow_${number}_source` : `flow_${number}_${first.number}_${first.label}`,
      title: steps.length === 0 ? 'The input' : commentText(steps.map(({ node }) => node.name).join(', ')),
      parameters: `${buffers.parameters}${index === 0 ? ', int32_t count' : ''}`,
      pointers: buffers.pointers,
      index,
      previous: index - 1,
      rows,
      window: window?.symbol ?? null,
      width,
      most: blockPixels(group.unit, width),
      memories: memoriesIn(program, `${text} ${slide?.buffer ?? ''}`),
      scratch: scratchPointer(program),
      usesContext: stages.some(({ functions }) => functions.some(kernel => kernel.usesContext)),
      usesRow: rows && (window !== null || uses('row') || uses('position')),
      usesPosition: uses('position'),
      usesTop: uses('top'),
      stages: stages.map(({ view }) => view),
      slide,
      dead: stretches(program, workspace.offset, workspace.bytes),
    },
  };
}

/** Strips of a group that moves rows: the line buffers in front of its windows. */
function stripsOf(program: Program, group: FlowGroup, layers: FlowContext['layers']): Strips {
  const strips = new Map<TensorId, string>();
  if (group.unit.kind !== 'rows') return strips;
  segmentsOf(group).forEach(({ steps: [step] }, index) => {
    if (index === 0 || step === undefined) return;
    const id = step.node.inputs[0]!;
    if (program.plan.locations[id]!.kind !== 'line-buffer') return;
    strips.set(id, `flow_first_row(&${windowSymbol(layers.get(step.node.output)!)}, arena->made[${index}])`);
  });
  return strips;
}

/** Where pixels of a streamed input go, and how many fit there. */
function roomOf(context: FlowContext): StreamedView['room'] {
  const { program, group, strips } = context;
  const input = inputOf(context);
  const most = chunkPixels(group.unit, inputWidth(context));
  const pointer = pixelPointer(program, input, null, strips);
  const left = `(left < ${most} ? left : ${most})`;
  return {
    pointer,
    memories: memoriesIn(program, pointer),
    part: wraps(context, [input]).reduce((count, capacity) => `flow_part(position, ${count}, ${capacity})`, left),
  };
}

/** What a flowing group adds to a program. */
export interface BuiltFlow {
  readonly view: FlowView;
  readonly functions: readonly KernelFunction[];
  readonly helpers: readonly string[];
  readonly windows: readonly WindowView[];
  /** What `run` does with it. */
  readonly body: NonNullable<BodyView['flow']>;
  /** Where the caller pushes its input: where the next pixels go. */
  readonly room: StreamedView['room'] | null;
}

/** What follows when all pixels have arrived: the end of a reduction. */
function finishOf(context: FlowContext, stages: readonly Stage[]): NonNullable<BodyView['flow']>['finish'] {
  const { program, group, plan } = context;
  const last = group.steps.at(-1)!;
  if (last.flow?.kind !== 'reduce') return null;
  const outputPointer = wholePointer(program, last.node.output);
  const [, finish] = stages.at(-1)!.functions;
  return {
    call: finish!.invoke({ inputs: [localAddress(program, plan.sums!.offset)], output: outputPointer }),
    number: layerOf(context, last).number,
    outputPointer,
    outputBytes: int8Bytes(tensorOf(program.graph, last.node.output)),
  };
}

/** The code of a flowing group. */
export function flowView(given: Omit<FlowContext, 'strips'>): BuiltFlow {
  const context: FlowContext = { ...given, strips: stripsOf(given.program, given.group, given.layers) };
  const { program, group, plan, number, streamed } = context;
  const segments = segmentsOf(group);
  const built = segments.map((each, index) => segment(context, each, index));
  const stages = built.flatMap(part => part.stages);
  const views = built.map(({ view }) => view);
  const [source] = views as [SegmentView];
  const hasSource = streamed || source.stages.length > 0;
  const rows = group.unit.kind === 'rows';
  const { height, width } = mapShape(tensorOf(program.graph, inputOf(context)).shape);
  const room = streamed ? roomOf(context) : null;
  const buffers = callersBuffers(program, touched(group.steps));
  const texts = [...views.flatMap(view => view.stages.map(({ part }) => part ?? '')), room?.part ?? ''];
  const sums = plan.sums!;
  return {
    functions: stages.flatMap(({ functions }) => functions),
    helpers: [
      ...stages.flatMap(({ helpers }) => helpers),
      ...(texts.some(text => text.includes('flow_part')) ? ['flow_part'] : []),
      ...(views.some(({ slide }) => slide !== null) ? ['flow_slide'] : []),
    ],
    windows: built.flatMap(({ window }) => (window === null ? [] : [window])),
    room,
    body: { number, runs: !streamed, pointers: buffers.pointers, finish: finishOf(context, stages) },
    view: {
      name: program.name,
      upper: program.name.toUpperCase(),
      number,
      title: commentText(
        `${group.steps.length > 1 ? `${group.steps[0]!.node.name} to ` : ''}${group.steps.at(-1)!.node.name}, in ${formatUnit(group.unit)}`,
      ),
      ...buffers,
      segments: hasSource ? views : views.slice(1),
      depth: views.length - 1,
      drain: callersBuffers(program, touched(segments.slice(1).flatMap(({ steps }) => steps))),
      source: hasSource ? source : null,
      rows,
      inputPixels: height * width,
      inputUnits: rows ? height : height * width,
      most: chunkPixels(group.unit, width),
      sums: sums.bytes > 0 ? { pointer: address(program, sums.offset), bytes: sums.bytes } : null,
      runs: !streamed,
    },
  };
}
