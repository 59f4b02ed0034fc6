/** What the code of a flowing group refers to. */
import { tensorOf } from '../graph/graph.ts';
import { mapShape } from '../ir/shape.ts';
import type { TensorId } from '../ir/units.ts';
import type { GroupPlan } from '../plan/memory-plan.ts';
import type { Group } from '../plan/schedule.ts';
import type { Step } from '../plan/select-kernels.ts';
import type { Strips } from './pointers.ts';
import type { ExecutedLayer, Program } from './program.ts';

/** A group through which rows or pixels flow. */
export type FlowGroup = Extract<Group, { kind: 'flow' }>;

/** A flowing group with everything that its code refers to. */
export interface FlowContext {
  readonly program: Program;
  readonly group: FlowGroup;
  readonly plan: GroupPlan;
  /** 1-based number of the group. */
  readonly number: number;
  /** Executed layers by the id of what they make. */
  readonly layers: ReadonlyMap<TensorId, ExecutedLayer>;
  /** Index of each step in the order of the whole program. */
  readonly stepIndex: (layer: ExecutedLayer) => number;
  /** True where the caller pushes the group's input. */
  readonly streamed: boolean;
  readonly strips: Strips;
}

/** The executed layer of a step of the group. */
export function layerOf({ layers }: FlowContext, step: Step): ExecutedLayer {
  const layer = layers.get(step.node.output);
  if (layer === undefined) throw new RangeError(`${step.node.name} does not execute`);
  return layer;
}

/** The tensor that the group starts from. */
export function inputOf({ group }: FlowContext): TensorId {
  const made = new Set(group.steps.map(({ node }) => node.output));
  const input = group.steps[0]?.node.inputs.find(id => !made.has(id));
  if (input === undefined) throw new RangeError('a group starts from a tensor that it does not make');
  return input;
}

/** Width of the map that the group starts from, in pixels. */
export function inputWidth(context: FlowContext): number {
  return mapShape(tensorOf(context.program.graph, inputOf(context)).shape).width;
}
