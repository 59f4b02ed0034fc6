/** The calls of layers that a network's output needs, in an order of execution. */
import type { Origin } from '../../diagnostics/diagnostic.ts';
import { refuseFile } from './fields.ts';
import type { KerasLayer, KerasNetwork, Reference } from './network.ts';

/** One call of a layer. */
export interface Step {
  readonly layer: KerasLayer;
  /** From 0. */
  readonly call: number;
  /** The steps that make the inputs of this one. */
  readonly inputs: readonly Step[];
}

/**
 * Which call a reference means. A network counts its own construction as a call in Keras 2, so that its first use may have
 * the number 1; a layer that is used once may have any number.
 */
class Calls {
  readonly #network: KerasNetwork;
  readonly #origin: Origin;
  readonly #highest = new Map<string, number>();

  constructor(network: KerasNetwork, origin: Origin) {
    this.#network = network;
    this.#origin = origin;
    const uses = [...network.layers.values()].flatMap(layer => layer.uses);
    for (const { layer, call } of [network.output, ...uses.flatMap(use => use.inputs)]) {
      this.#highest.set(layer, Math.max(call, this.#highest.get(layer) ?? 0));
    }
  }

  resolve({ layer: name, call, output }: Reference): { readonly layer: KerasLayer; readonly call: number } {
    const layer = this.#network.layers.get(name) ?? refuseFile(`it has no layer ${name}`, this.#origin);
    if (output !== 0) refuseFile(`output ${output} of the layer is used`, { ...this.#origin, layer: name });
    const count = Math.max(layer.uses.length, 1);
    if (count === 1) return { layer, call: 0 };
    const first = layer.network !== null && this.#highest.get(name) === count ? 1 : 0;
    if (call < first || call - first >= count) {
      refuseFile(`call ${call} of the layer does not exist`, { ...this.#origin, layer: name });
    }
    return { layer, call: call - first };
  }
}

interface Visit {
  readonly layer: KerasLayer;
  readonly call: number;
  readonly inputs: Step[];
}

/**
 * The steps up to the output, each after those that it reads; the last one makes the output.
 * @throws SnugError `malformedFile` for cycles, and for layers and calls that do not exist
 */
export function stepsOf(network: KerasNetwork, file: string): readonly Step[] {
  const calls = new Calls(network, { file });
  const done = new Map<KerasLayer, Map<number, Step>>();
  const open = new Map<KerasLayer, Set<number>>();
  const steps: Step[] = [];
  const path: Visit[] = [];
  const enter = (reference: Reference): Step | null => {
    const { layer, call } = calls.resolve(reference);
    const known = done.get(layer)?.get(call);
    if (known !== undefined) return known;
    const openCalls = open.get(layer) ?? new Set();
    if (openCalls.has(call))
      refuseFile('the layer needs its own output: the network has a cycle', { file, layer: layer.name });
    open.set(layer, openCalls.add(call));
    path.push({ layer, call, inputs: [] });
    return null;
  };
  enter(network.output);
  // A loop and no recursion: networks may be deeper than the stack.
  for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
    const { layer, call, inputs } = visit;
    const needed = layer === network.input ? [] : (layer.uses[call]?.inputs ?? []);
    const next = needed[inputs.length];
    if (next !== undefined) {
      const step = enter(next);
      if (step !== null) inputs.push(step);
      continue;
    }
    path.pop();
    const step: Step = { layer, call, inputs };
    steps.push(step);
    done.set(layer, (done.get(layer) ?? new Map<number, Step>()).set(call, step));
    path.at(-1)?.inputs.push(step);
  }
  return steps;
}
