/** Which nodes of an ONNX graph the output needs, and a check that they stand in an order of execution. */
import type { OnnxModel } from './decode.ts';
import { refuseFile } from './decode.ts';
import type { RawNode } from './schema.ts';

/** The part of the graph that is converted. */
export interface Program {
  /** The nodes that the output needs, in the order of the file. */
  readonly nodes: readonly RawNode[];
  /** Readers of each value; the network's output has one more. */
  readonly readers: ReadonlyMap<string, number>;
}

/** What the user would call a node. */
export function titleOf(node: RawNode): string {
  return node.name || node.output[0] || node.opType;
}

function checkOrder({ file, nodes, initializers, input }: OnnxModel): void {
  const made = new Set([...initializers.keys(), input.name, '']);
  for (const node of nodes) {
    const missing = node.input.find(name => !made.has(name));
    if (missing !== undefined) {
      refuseFile(`no earlier node makes ${missing}; a node is missing or the nodes form a cycle`, {
        file,
        layer: titleOf(node),
      });
    }
    for (const name of node.output) {
      if (name !== '' && made.has(name)) refuseFile(`${name} is made twice`, { file, layer: titleOf(node) });
      made.add(name);
    }
  }
}

/**
 * Drops nodes that the output does not need (exporters leave some behind).
 * @throws SnugError `malformedFile` where a node reads what none before it makes: a cycle, or a missing node
 */
export function programOf(model: OnnxModel): Program {
  checkOrder(model);
  const readers = new Map<string, number>([[model.output, 1]]);
  const needed: RawNode[] = [];
  for (const node of model.nodes.toReversed()) {
    if (!node.output.some(name => name !== '' && readers.has(name))) continue;
    needed.push(node);
    for (const name of node.input) readers.set(name, (readers.get(name) ?? 0) + 1);
  }
  return { nodes: needed.toReversed(), readers };
}
