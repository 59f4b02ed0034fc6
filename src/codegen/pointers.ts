/** Where tensors lie, as C expressions of the emitted program. */
import { mapShape } from '../ir/shape.ts';
import type { TensorId } from '../ir/units.ts';
import { localAddress } from './arena.ts';
import type { Program } from './program.ts';

/** The address of a tensor that lies somewhere as a whole. */
export function wholePointer(program: Program, id: TensorId): string {
  const location = program.plan.locations[id]!;
  switch (location.kind) {
    case 'input':
    case 'output':
      return location.kind;
    default:
      return localAddress(program, location.offset);
  }
}

/** Pixels that the memory of a tensor has room for: those of its line buffer, or all. */
export function capacityOf(program: Program, id: TensorId): number {
  const location = program.plan.locations[id]!;
  const { height, width } = mapShape(program.graph.tensors[id]!.shape);
  return location.kind === 'line-buffer' ? location.pixels : height * width;
}

function times(factor: number, expression: string): string {
  if (factor === 1) return expression;
  return `${factor} * ${/^\w+$|^\(.*\)$/.test(expression) ? expression : `(${expression})`}`;
}

/**
 * Tensors of which whole rows lie in order, the oldest one in front, with the C expression of its number: where windows
 * over rows read.
 */
export type Strips = ReadonlyMap<TensorId, string>;

/**
 * The address of pixel `position + done` of a tensor that flows; `done` is null where a call takes all of its pixels at
 * once. The parts of a loop begin where the last one ended, in a chunk as in a map.
 */
export function pixelPointer(program: Program, id: TensorId, done: string | null, strips: Strips): string {
  const location = program.plan.locations[id]!;
  const { height, width, channels } = mapShape(program.graph.tensors[id]!.shape);
  const base = wholePointer(program, id);
  const strip = strips.get(id);
  if (strip !== undefined) return `${base} + ${width * channels} * (row - ${strip})`;
  if (location.kind === 'chunk') return done === null ? base : `${base} + ${times(channels, done)}`;
  const position = done === null ? 'position' : `position + ${done}`;
  const whole = location.kind !== 'line-buffer' || location.pixels === height * width;
  if (whole) return `${base} + ${times(channels, position)}`;
  return `${base} + ${times(channels, `(${done === null ? position : `(${position})`} % ${location.pixels})`)}`;
}
