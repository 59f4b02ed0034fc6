/**
 * The layers of a segment: each one is a call over the pixels at hand. Where a line buffer that a layer reads or fills wraps
 * around, the call is made in a loop, for the pixels that lie side by side.
 */
import { tensorOf } from '../graph/graph.ts';
import type { Flow } from '../ir/flow.ts';
import { mapShape } from '../ir/shape.ts';
import type { TensorId } from '../ir/units.ts';
import { localAddress } from './arena.ts';
import type { FlowContext } from './flow-context.ts';
import type { StageView } from './flow-views.ts';
import { commentText } from './format.ts';
import { type KernelFunction, kernelFunction, windowSymbol } from './kernel-function.ts';
import { layerTitle } from './layer-title.ts';
import { capacityOf, pixelPointer, wholePointer } from './pointers.ts';
import type { ExecutedLayer, Program } from './program.ts';

type WindowFlow = Extract<Flow, { kind: 'window' }>;

/** A stage with what the rest of the program has to know of it. */
export interface Stage {
  readonly view: StageView;
  readonly functions: readonly KernelFunction[];
  readonly helpers: readonly string[];
}

const pixelsOf = (program: Program, id: TensorId): number => {
  const { height, width } = mapShape(program.graph.tensors[id]!.shape);
  return height * width;
};

/** Line buffers that a stage reads or writes pixel by pixel: its calls stop where one of them wraps around. */
export function wraps(context: FlowContext, ids: readonly TensorId[]): readonly number[] {
  if (context.group.unit.kind === 'rows') return [];
  const found = ids.flatMap(id => {
    const location = context.program.plan.locations[id]!;
    // A buffer that holds the whole map never wraps.
    return location.kind === 'line-buffer' && location.pixels < pixelsOf(context.program, id) ? [location.pixels] : [];
  });
  return [...new Set(found)];
}

function partOf(capacities: readonly number[]): string | null {
  if (capacities.length === 0) return null;
  return capacities.reduce((left, capacity) => `flow_part(position + done, ${left}, ${capacity})`, 'count - done');
}

function stageView(
  context: FlowContext,
  layer: ExecutedLayer,
  ids: readonly TensorId[],
  call: (done: string | null) => Pick<StageView, 'call' | 'gather'>,
): StageView {
  const { program } = context;
  const { node } = layer.step;
  const part = partOf(wraps(context, ids));
  const done = part === null ? null : 'done';
  const { channels } = mapShape(tensorOf(program.graph, node.output).shape);
  const reduces = layer.step.flow?.kind === 'reduce';
  const count = part === null ? 'count' : 'part';
  return {
    number: layer.number,
    name: commentText(node.name),
    part,
    ...call(done),
    trace: reduces
      ? null
      : {
          pointer: pixelPointer(program, node.output, done, context.strips),
          bytes: `(size_t)(${channels} * ${count})`,
        },
  };
}

/** The call of a window, which reads its line buffer as a whole. */
export function windowStage(context: FlowContext, layer: ExecutedLayer, flow: WindowFlow): Stage {
  const { program, group, plan } = context;
  const { node } = layer.step;
  const [input] = node.inputs as [TensorId];
  const base = wholePointer(program, input);
  const capacity = capacityOf(program, input);
  const title = layerTitle(program, layer);
  const rows = group.unit.kind === 'rows';
  const columns = rows ? null : flow.pixels!.columns;
  const kernel = kernelFunction(rows ? flow.rows! : flow.pixels!.call, {
    ...{ program, layer, title, suffix: '', inputs: 1, capacity },
  });
  const { channels, width } = mapShape(tensorOf(program.graph, input).shape);
  // A strip begins with the first row that is needed; in a whole map that row has to be found.
  const whole = program.plan.locations[input]!.kind !== 'line-buffer';
  const strip = whole ? `${base} + ${width * channels} * flow_first_row(&${windowSymbol(layer)}, row)` : base;
  const view = stageView(context, layer, [node.output], done => {
    const position = done === null ? 'position' : 'position + done';
    const count = done === null ? 'count' : 'part';
    const output = pixelPointer(program, node.output, done, context.strips);
    if (rows)
      return {
        gather: null,
        call: kernel.invoke({ inputs: [strip], output, runTime: { rows: 'rows', top: 'top', count } }),
      };
    if (columns === null)
      return { gather: null, call: kernel.invoke({ inputs: [base], output, runTime: { position, count } }) };
    const gathered = localAddress(program, plan.columns.get(context.stepIndex(layer))!.offset);
    return {
      gather: `flow_gather(&${windowSymbol(layer)}, ${base}, ${capacity}, ${position}, ${count}, ${channels}, ${columns.outside}, ${gathered})`,
      call: kernel.invoke({ inputs: [gathered], output, runTime: { count } }),
    };
  });
  const own = layer.kernel.library === 'snug' ? [layer.kernel.function] : [];
  const helpers = [...own, rows ? 'flow_rows' : 'flow_ready', ...(columns === null ? [] : ['flow_gather'])];
  return { view, functions: [kernel], helpers };
}

/** The call of a layer that works pixel by pixel, or adds pixels up. */
export function pixelStage(context: FlowContext, layer: ExecutedLayer): Stage {
  const { program, plan } = context;
  const { node, flow } = layer.step;
  const title = layerTitle(program, layer);
  const base = { program, layer, title, inputs: node.inputs.length, capacity: 0 };
  if (flow?.kind === 'reduce') {
    const sums = localAddress(program, plan.sums!.offset);
    const add = kernelFunction(flow.accumulate, { ...base, title: `${title}; the sums`, suffix: '_add' });
    const finish = kernelFunction(flow.finish, { ...base, suffix: '' });
    const view = stageView(context, layer, node.inputs, done => ({
      gather: null,
      call: add.invoke({
        inputs: node.inputs.map(id => pixelPointer(program, id, done, context.strips)),
        output: sums,
        runTime: { count: done === null ? 'count' : 'part' },
      }),
    }));
    return { view, functions: [add, finish], helpers: [flow.accumulate.function, flow.finish.function] };
  }
  if (flow?.kind !== 'pixels') throw new RangeError(`${node.name} does not work on pixels`);
  const kernel = kernelFunction(flow.call, { ...base, suffix: '' });
  const view = stageView(context, layer, [...node.inputs, node.output], done => ({
    gather: null,
    call: kernel.invoke({
      inputs: node.inputs.map(id => pixelPointer(program, id, done, context.strips)),
      output: pixelPointer(program, node.output, done, context.strips),
      runTime: { count: done === null ? 'count' : 'part' },
    }),
  }));
  return { view, functions: [kernel], helpers: flow.call.library === 'snug' ? [flow.call.function] : [] };
}
