/** The calls of a layer (`inbound_nodes`), which Keras 2 and Keras 3 write in different ways. */
import type { Origin } from '../../diagnostics/diagnostic.ts';
import { type Fields, isFields, quoted } from '../../formats/json.ts';
import { refuseFile } from './fields.ts';
import type { LayerUse, Reference } from './network.ts';

/** Operands lie in lists of lists; networks have two levels. */
const MAX_NESTING = 4;

/** `["conv1", 0, 0]`, with more behind it in some versions; null for any other value. */
function asReference(value: unknown): Reference | null {
  if (!Array.isArray(value)) return null;
  const [layer, call, output] = value as unknown[];
  if (typeof layer !== 'string' || !Number.isSafeInteger(call) || !Number.isSafeInteger(output)) return null;
  return { layer, call: call as number, output: output as number };
}

/** A tensor of Keras 3: its history is a reference. */
function asTensor(value: unknown): Reference | null {
  if (!isFields(value) || value['class_name'] !== '__keras_tensor__' || !isFields(value['config'])) return null;
  return asReference(value['config']['keras_history']);
}

/** Whether a list is one of operands; else it is a constant, as a factor for each channel. */
function holdsReference(value: unknown, depth: number): boolean {
  if (asTensor(value) !== null || asReference(value) !== null) return true;
  return depth < MAX_NESTING && Array.isArray(value) && value.some(part => holdsReference(part, depth + 1));
}

/** Collects references and constants in their order. */
class Operands {
  readonly inputs: Reference[] = [];
  readonly constants: unknown[] = [];
  constantFirst = false;

  take(value: unknown, depth: number): void {
    const reference = asTensor(value) ?? asReference(value);
    if (reference !== null) this.inputs.push(reference);
    else if (Array.isArray(value) && holdsReference(value, depth)) for (const part of value) this.take(part, depth + 1);
    else if (value !== null && value !== undefined) {
      if (this.inputs.length === 0) this.constantFirst = true;
      this.constants.push(value);
    }
  }

  /** The second operand of an operation may be given by name. */
  takeNamed(values: Fields): void {
    for (const name of ['x', 'x1', 'y', 'x2']) if (Object.hasOwn(values, name)) this.take(values[name], 0);
  }
}

/** Keras 2 has `[layer, call, output, named arguments]` for each input; an operation has one such entry for the whole node. */
function useOfList(node: readonly unknown[]): LayerUse {
  const operands = new Operands();
  const entries = typeof node[0] === 'string' ? [node] : node;
  for (const entry of entries) {
    operands.take(entry, 0);
    const named: unknown = Array.isArray(entry) ? entry[3] : undefined;
    if (isFields(named)) operands.takeNamed(named);
  }
  return operands;
}

function useOf(node: unknown, origin: Origin): LayerUse {
  if (Array.isArray(node)) return useOfList(node);
  if (!isFields(node)) return refuseFile(`an entry of inbound_nodes is ${quoted(node)}`, origin);
  const operands = new Operands();
  operands.take(node['args'], 0);
  if (isFields(node['kwargs'])) operands.takeNamed(node['kwargs']);
  return operands;
}

/** Reads `inbound_nodes`, one entry a call. */
export function usesOf(nodes: unknown, origin: Origin): readonly LayerUse[] {
  if (nodes === undefined || nodes === null) return [];
  if (!Array.isArray(nodes)) return refuseFile(`inbound_nodes is ${quoted(nodes)}`, origin);
  return nodes.map(node => useOf(node, origin));
}

/** `input_layers` or `output_layers`: one reference, a list of them, or an object whose values are references. */
export function endsOf(value: unknown): readonly Reference[] {
  const one = asReference(value);
  if (one !== null) return [one];
  const list: readonly unknown[] = Array.isArray(value) ? value : isFields(value) ? Object.values(value) : [];
  return list.map(asReference).filter(reference => reference !== null);
}
