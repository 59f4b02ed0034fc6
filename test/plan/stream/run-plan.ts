/**
 * Runs a plan in an arena whose bytes remember what they hold: a model of the emitted program, written from the C templates,
 * that computes nothing. Every byte that a kernel reads must still be the one that was written there for it.
 */
import { type Graph, int8Bytes, tensorOf } from '../../../src/graph/graph.ts';
import type { FlowWindow } from '../../../src/ir/flow.ts';
import { mapShape } from '../../../src/ir/shape.ts';
import type { TensorId } from '../../../src/ir/units.ts';
import { foldedOperator } from '../../../src/ops/index.ts';
import type { GroupPlan, MemoryPlan } from '../../../src/plan/memory-plan.ts';
import { type Group, stepsOf } from '../../../src/plan/schedule.ts';
import type { Step } from '../../../src/plan/select-kernels.ts';

type FlowGroup = Extract<Group, { kind: 'flow' }>;

/** A stretch of pixels of a tensor, and where its first one lies. */
interface Run {
  readonly memory: Int32Array;
  readonly at: number;
  readonly id: TensorId;
  readonly pixel: number;
  readonly count: number;
}

/** How many of the pixels that there is room for arrive at once, where the input is streamed. */
export type Arrivals = (room: number) => number;

const clip = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

const firstRow = ({ stride, top, input }: FlowWindow, row: number): number => clip(row * stride[0] - top, 0, input[0]);

class Machine {
  readonly #graph: Graph<'quantized'>;
  readonly #plan: MemoryPlan;
  readonly #arrivals: Arrivals;
  readonly #arena: Int32Array;
  readonly #input: Int32Array;
  readonly #output: Int32Array;
  /** By tensor: what its first byte is remembered as; the same for what only renames it. */
  readonly #marks: number[];

  constructor(graph: Graph<'quantized'>, plan: MemoryPlan, arrivals: Arrivals) {
    this.#graph = graph;
    this.#plan = plan;
    this.#arrivals = arrivals;
    this.#arena = new Int32Array(plan.arenaBytes);
    this.#input = new Int32Array(int8Bytes(tensorOf(graph, graph.input)));
    this.#output = new Int32Array(int8Bytes(tensorOf(graph, graph.output)));
    let next = 1;
    this.#marks = graph.tensors.map(tensor => {
      next += int8Bytes(tensor);
      return next - int8Bytes(tensor);
    });
    for (const { node, call } of stepsOf(plan.schedule))
      if (call === null) this.#marks[node.output] = this.#marks[node.inputs[0]!]!;
    if (plan.schedule.input !== 'streamed') this.#write([this.#whole(graph.input)]);
  }

  #map(id: TensorId): { width: number; pixels: number; channels: number } {
    const { height, width, channels } = mapShape(tensorOf(this.#graph, id).shape);
    return { width, pixels: height * width, channels };
  }

  #fail(id: TensorId, problem: string): never {
    throw new Error(`${this.#graph.name}: ${this.#graph.tensors[id]!.name} ${problem}`);
  }

  #write(runs: readonly Run[]): void {
    for (const { memory, at, id, pixel, count } of runs) {
      const { channels } = this.#map(id);
      if (at < 0 || at + count * channels > memory.length) this.#fail(id, `is written outside of its memory, at ${at}`);
      const mark = this.#marks[id]! + pixel * channels;
      for (let i = 0; i < count * channels; i += 1) memory[at + i] = mark + i;
    }
  }

  #check(runs: readonly Run[], when: string): void {
    for (const { memory, at, id, pixel, count } of runs) {
      const { channels } = this.#map(id);
      const mark = this.#marks[id]! + pixel * channels;
      for (let i = 0; i < count * channels; i += 1)
        if (memory[at + i] !== mark + i)
          this.#fail(id, `pixel ${pixel + Math.floor(i / channels)} is not at ${at + i} ${when}`);
    }
  }

  /** A kernel may read and write in any order, unless it works in place. */
  #call(reads: readonly Run[], writes: readonly Run[], inPlace = false): void {
    this.#check(reads, 'when it is read');
    this.#write(writes);
    const under = (run: Run): boolean => inPlace && writes.some(to => to.memory === run.memory && to.at === run.at);
    this.#check(
      reads.filter(run => !under(run)),
      'when the output has been written',
    );
  }

  /** Pixels of a tensor; `done` pixels of the present chunk came before them, and a strip begins with row `begin`. */
  #run(id: TensorId, pixel: number, count: number, { done = 0, begin = null as number | null } = {}): Run {
    const location = this.#plan.locations[id]!;
    const { channels, width } = this.#map(id);
    const base = { id, pixel, count };
    if (location.kind === 'input') return { ...base, memory: this.#input, at: pixel * channels };
    if (location.kind === 'output') return { ...base, memory: this.#output, at: pixel * channels };
    const memory = this.#arena;
    if (location.kind === 'arena') return { ...base, memory, at: location.offset + pixel * channels };
    const slot = location.kind === 'chunk' ? done : begin !== null ? pixel - begin * width : pixel % location.pixels;
    if (slot < 0 || (slot + count) * channels > location.bytes) this.#fail(id, `does not fit where it flows`);
    return { ...base, memory, at: location.offset + slot * channels };
  }

  #whole(id: TensorId): Run {
    return this.#run(id, 0, this.#map(id).pixels);
  }

  #layer({ node, call }: Step): void {
    const [inputs, output] = [node.inputs.map(id => this.#whole(id)), this.#whole(node.output)];
    if (call === null) this.#check([output], 'under its other name');
    else this.#call(inputs, [output], foldedOperator(node.kind).inPlace);
  }

  #flow(group: FlowGroup, plan: GroupPlan, first: number): void {
    const rows = group.unit.kind === 'rows';
    const most = group.unit.kind === 'rows' ? Infinity : group.unit.count;
    const input = group.steps[0]!.node.inputs.find(id => group.steps.every(({ node }) => node.output !== id))!;
    const segments: Step[][] = [[]];
    for (const step of group.steps) {
      if (step.flow?.kind !== 'window') segments.at(-1)!.push(step);
      else segments.push([step]);
    }
    const made = segments.map(() => 0);
    const stretch = (at: number, bytes: number, mark: number): Int32Array => this.#arena.fill(mark, at, at + bytes);
    const holds = (at: number, bytes: number, mark: number, what: string): void => {
      if (!this.#arena.subarray(at, at + bytes).every(value => value === mark))
        throw new Error(`${this.#graph.name}: ${what} have been written over`);
    };
    const sums = plan.sums!;
    stretch(sums.offset, sums.bytes, -1);

    /** The row with which a strip begins; null for all that is no strip. */
    const beginOf = (id: TensorId): number | null => {
      const reader = segments.findIndex(([step], i) => i > 0 && step!.node.inputs[0] === id);
      const flow = reader < 0 ? null : segments[reader]![0]!.flow;
      const strip = rows && flow?.kind === 'window' && this.#plan.locations[id]!.kind === 'line-buffer';
      return strip ? firstRow(flow.window, made[reader]!) : null;
    };
    /** Pixels from `position` on until a line buffer of `ids` wraps around. */
    const sideBySide = (ids: readonly TensorId[], position: number, count: number): number =>
      ids.reduce((part, id) => {
        const location = this.#plan.locations[id]!;
        if (rows || location.kind !== 'line-buffer' || location.pixels >= this.#map(id).pixels) return part;
        return Math.min(part, location.pixels - (position % location.pixels));
      }, count);

    const stage = (step: Step, position: number, count: number): void => {
      const { node, flow } = step;
      const ids =
        flow?.kind === 'window' ? [node.output] : flow?.kind === 'reduce' ? node.inputs : [...node.inputs, node.output];
      for (let done = 0, part = 0; done < count; done += part) {
        const at = position + done;
        part = sideBySide(ids, at, count - done);
        const run = (id: TensorId): Run => this.#run(id, at, part, { done, begin: beginOf(id) });
        if (flow?.kind === 'window') window(step, at, part, run(node.output));
        else if (flow?.kind === 'reduce') this.#check(node.inputs.map(run), 'when it is summed up');
        else this.#call(node.inputs.map(run), [run(node.output)], foldedOperator(node.kind).inPlace);
      }
    };

    const window = ({ node, flow }: Step, position: number, count: number, output: Run): void => {
      if (flow?.kind !== 'window') return;
      const id = node.inputs[0]!;
      const {
        input: [height, width],
        output: [, across],
        kernel,
        stride,
        top,
        left,
      } = flow.window;
      const begin = beginOf(id);
      const reads: Run[] = [];
      const lengths: number[] = [];
      for (let i = 0; i < count; i += 1) {
        const [y, x] = [
          Math.floor((position + i) / across) * stride[0] - top,
          ((position + i) % across) * stride[1] - left,
        ];
        for (let row = Math.max(y, 0); row < Math.min(y + kernel[0], height); row += 1)
          for (let column = Math.max(x, 0); column < Math.min(x + kernel[1], width); column += 1)
            reads.push(this.#run(id, row * width + column, 1, { begin }));
        lengths.push(reads.length);
      }
      const columns = rows ? null : (flow.pixels?.columns ?? null);
      if (columns === null) {
        this.#call(reads, [output]);
        return;
      }
      const gathered = plan.columns.get(first + group.steps.findIndex(step => step.node === node))!;
      if (columns.bytes * count > gathered.bytes) throw new Error('gathered windows do not fit');
      // Windows are gathered one after the other.
      lengths.forEach((end, i) => {
        this.#check(reads.slice(lengths[i - 1] ?? 0, end), 'when it is gathered');
        stretch(gathered.offset + i * columns.bytes, columns.bytes, -2);
      });
      this.#write([output]);
      holds(gathered.offset, columns.bytes * count, -2, 'gathered windows');
    };

    /** What the window in front of a segment allows; 0 while it waits. */
    const ready = (index: number): number => {
      const flow = segments[index]![0]!.flow;
      if (flow?.kind !== 'window') return 0;
      const {
        input: [height, width],
        output: [down, across],
        kernel,
        stride,
        top,
        left,
      } = flow.window;
      const needed = (i: number, axis: 0 | 1): number =>
        clip(i * stride[axis] - (axis === 0 ? top : left) + kernel[axis] - 1, 0, (axis === 0 ? height : width) - 1);
      const position = made[index]!;
      if (rows) return position < down && needed(position, 0) < made[index - 1]! ? across : 0;
      if (position >= down * across) return 0;
      const wanted = most < across ? most : most - (most % across);
      const left_ = most < across ? across - (position % across) : down * across - position;
      const count = Math.min(wanted, left_);
      const end = position + count - 1;
      const pixel = needed(Math.floor(end / across), 0) * width + needed(end % across, 1);
      return pixel < made[index - 1]! ? count : 0;
    };

    const advance = (index: number, count: number): void => {
      const [step] = segments[index]!;
      const wide = index === 0 ? this.#map(input).width : this.#map(step!.node.output).width;
      const position = rows ? made[index]! * wide : made[index]!;
      for (const each of segments[index]!) stage(each, position, count);
      const flow = index > 0 ? step!.flow : null;
      if (flow?.kind === 'window') slide(flow.window, step!.node.inputs[0]!, made[index - 1]!, made[index]!);
      made[index]! += rows ? 1 : count;
      holds(sums.offset, sums.bytes, -1, 'sums');
    };

    const slide = (view: FlowWindow, id: TensorId, received: number, row: number): void => {
      const location = this.#plan.locations[id]!;
      if (!rows || location.kind !== 'line-buffer') return;
      const [held, dropped] = [received - firstRow(view, row), firstRow(view, row + 1) - firstRow(view, row)];
      const bytes = this.#map(id).width * this.#map(id).channels;
      if (dropped <= 0 || held <= dropped) return;
      this.#arena.copyWithin(location.offset, location.offset + dropped * bytes, location.offset + held * bytes);
    };

    const take = (count: number): void => {
      advance(0, count);
      drain();
    };
    const drain = (): void => {
      let depth = Math.min(1, segments.length - 1);
      while (depth > 0) {
        const count = ready(depth);
        if (count > 0) advance(depth, count);
        depth = count === 0 ? depth - 1 : Math.min(depth + 1, segments.length - 1);
      }
    };

    const { pixels, width } = this.#map(input);
    const streamed = first === 0 && this.#plan.schedule.input === 'streamed';
    if (!streamed && segments[0]!.length === 0) {
      made[0] = rows ? pixels / width : pixels;
      drain();
    }
    for (let at = 0, part = 0; at < pixels && (streamed || segments[0]!.length > 0); at += part) {
      const chunk = Math.min(pixels - at, rows ? width : most);
      part = chunk;
      if (streamed && !rows) part = this.#arrivals(sideBySide([input], at, chunk));
      if (streamed) this.#write([this.#run(input, at, part, { begin: beginOf(input) })]);
      take(part);
    }
    const last = group.steps.at(-1)!;
    const { width: wide, pixels: all } = this.#map(last.node.output);
    if (last.flow?.kind === 'reduce') this.#write([this.#whole(last.node.output)]);
    else if (made.at(-1)! * (rows ? wide : 1) !== all) this.#fail(last.node.output, `is not complete`);
  }

  run(): void {
    let first = 0;
    this.#plan.schedule.groups.forEach((group, g) => {
      if (group.kind === 'layers') for (const step of group.steps) this.#layer(step);
      else this.#flow(group, this.#plan.groups[g]!, first);
      first += group.steps.length;
    });
    this.#check([this.#whole(this.#graph.output)], 'at the end');
  }
}

/** @throws Error where a byte that is read is not the one that was written for it */
export function runPlan(graph: Graph<'quantized'>, plan: MemoryPlan, arrivals: Arrivals = room => room): void {
  new Machine(graph, plan, arrivals).run();
}
