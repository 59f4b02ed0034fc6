/** The view of `<name>.c`: one function for each layer, and what `run` does with them. */
import { int8Bytes, tensorOf } from '../graph/graph.ts';
import { mapShape } from '../ir/shape.ts';
import { stepsOf } from '../plan/schedule.ts';
import { address, memoriesIn, scratchPointer } from './arena.ts';
import { deadRanges } from './dead-bytes.ts';
import { type BuiltFlow, flowView } from './flow-view.ts';
import type { BodyView } from './flow-views.ts';
import { pixelsView, takesClasses } from './header-view.ts';
import { helperSources } from './helpers.ts';
import { type KernelFunction, kernelFunction } from './kernel-function.ts';
import { layerTitle } from './layer-title.ts';
import { wholePointer } from './pointers.ts';
import { type ExecutedLayer, executedLayers, fileView, type Program } from './program.ts';
import { render, type TemplateFiles } from './templates.ts';
import type { ProgramView } from './views.ts';

function layerFunction(program: Program, layer: ExecutedLayer): KernelFunction {
  const { call, node } = layer.step;
  const title = layerTitle(program, layer);
  return kernelFunction(call, { program, layer, title, suffix: '', inputs: node.inputs.length, capacity: 0 });
}

/** What `run` does, with the functions that it needs. */
interface Body {
  readonly view: BodyView;
  readonly functions: readonly KernelFunction[];
  readonly flow: BuiltFlow | null;
  readonly helpers: readonly string[];
}

function bodies(program: Program, layers: readonly ExecutedLayer[]): readonly Body[] {
  const { schedule, groups } = program.plan;
  const byOutput = new Map(layers.map(layer => [layer.step.node.output, layer]));
  const order = stepsOf(schedule);
  return schedule.groups.map((group, index): Body => {
    if (group.kind === 'flow') {
      const streamed = index === 0 && schedule.input === 'streamed';
      const flow = flowView({
        ...{ program, group, plan: groups[index]!, number: index + 1, layers: byOutput, streamed },
        stepIndex: layer => order.findIndex(({ node }) => node === layer.step.node),
      });
      const dead = deadRanges(program, group.steps, group.steps.length - 1);
      return { view: { flow: flow.body, steps: [], dead }, functions: flow.functions, flow, helpers: flow.helpers };
    }
    const own = group.steps.flatMap((step, i) => {
      const layer = step.call === null ? undefined : byOutput.get(step.node.output);
      return layer === undefined ? [] : [{ layer, i, kernel: layerFunction(program, layer) }];
    });
    const steps = own.map(({ layer, i, kernel }) => {
      const { node } = layer.step;
      const output = wholePointer(program, node.output);
      return {
        number: layer.number,
        call: kernel.invoke({ inputs: node.inputs.map(id => wholePointer(program, id)), output }),
        outputPointer: output,
        outputBytes: int8Bytes(tensorOf(program.graph, node.output)),
        dead: deadRanges(program, group.steps, i),
      };
    });
    const helpers = own
      .filter(({ layer }) => layer.step.call.library === 'snug')
      .map(({ layer }) => layer.step.call.function);
    return { view: { flow: null, steps, dead: [] }, functions: own.map(({ kernel }) => kernel), flow: null, helpers };
  });
}

/** The functions that rows are pushed with; null where the input is there as a whole. */
function streamedSource(program: Program, files: TemplateFiles, flows: readonly BuiltFlow[]): ProgramView['streamed'] {
  const [first] = flows;
  if (program.plan.schedule.input !== 'streamed' || first === undefined || first.room === null) return null;
  const { name, upper } = fileView(program);
  const { height, width, channels } = mapShape(program.graph.tensors[program.graph.input]!.shape);
  const { view, room, body } = first;
  // The output's address is kept in the arena between calls.
  const pointers = body!.pointers.replace(', output', ', arena->output');
  const pixels = pixelsView(program);
  const source = render(files, 'streamed.c.hbs', {
    ...{ name, upper, flow: view.number, pointers, rows: view.rows, height, width, channels, room, pixels },
  });
  return { source: source.trimEnd(), inputUnits: view.inputUnits, height };
}

/**
 * The executed layers, and the helper functions that they call, each once.
 * @throws RangeError where the installation lacks a helper
 */
export function programView(program: Program, files: TemplateFiles, title: string): ProgramView {
  const layers = executedLayers(program.plan);
  const parts = bodies(program, layers);
  const { plan, graph } = program;
  const body = parts.map(({ view }) => view);
  const own = parts.filter(({ flow }) => flow === null).flatMap(({ view }) => view.steps.map(({ call }) => call));
  const finishes = body.flatMap(({ flow }) => (flow?.finish ? [flow.finish.call] : []));
  const memories = memoriesIn(program, [...own, ...finishes].join(' '));
  const usesContext = own.some(text => text.includes('&ctx'));
  const flows = parts.flatMap(({ flow }) => (flow === null ? [] : [flow]));
  const location = plan.locations[graph.input]!;
  const resident = plan.schedule.input === 'resident' && location.kind === 'arena' ? location : null;
  return {
    ...fileView(program),
    title,
    portableOnly: program.kernels === 'portable',
    helpers: helperSources(
      files,
      parts.flatMap(part => part.helpers),
    ),
    windows: flows.flatMap(({ windows }) => windows),
    functions: parts.flatMap(part => part.functions).map(({ view }) => view),
    layers: layers.map(({ label }) => ({ label })),
    flows: flows.map(({ view }) => ({ source: render(files, 'flow.c.hbs', view).trimEnd() })),
    streamed: streamedSource(program, files, flows),
    residentInput: resident === null ? null : { pointer: address(program, resident.offset) },
    body,
    memories,
    usesContext,
    scratch: scratchPointer(program),
    touchesArena: memories.length > 0 || usesContext || flows.length > 0 || resident !== null,
    pixels: pixelsView(program),
    classes: takesClasses(program),
  };
}
