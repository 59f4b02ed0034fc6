/** Which nodes of a graph its output needs, in an order of execution, which the file need not have. */
import { unsupportedModel } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import { type GraphModel, type GraphNode, refuseFile, type Source } from './decode.ts';

/** The part of the graph that is converted. */
export interface Program {
  /** Every node comes after those that it reads. */
  readonly nodes: readonly GraphNode[];
  /** Readers of each node; the network's output has one more. */
  readonly readers: ReadonlyMap<string, number>;
  /** Name of the node that computes the network's output. */
  readonly output: string;
}

const NO_OUTPUT: ReadonlySet<string> = new Set(['Const', 'NoOp', 'Placeholder']);

/** Without a signature, what nobody reads is the output, as in TensorFlow.js. */
function unreadNodes({ nodes }: GraphModel): readonly Source[] {
  const read = new Set([...nodes.values()].flatMap(({ inputs }) => inputs.map(({ node }) => node)));
  return [...nodes.values()]
    .filter(({ name, op }) => !read.has(name) && !NO_OUTPUT.has(op))
    .map(({ name }) => ({ node: name, output: 0 }));
}

function outputOf(model: GraphModel): GraphNode {
  const { file } = model;
  const [output, ...others] = model.outputs ?? unreadNodes(model);
  if (output === undefined) return refuseFile('its graph has no output', { file });
  if (others.length > 0) {
    const names = [output, ...others].map(({ node }) => node);
    const problem = `the model has ${names.length} outputs (${names.slice(0, 8).join(', ')}); snug takes one`;
    throw new SnugError(
      unsupportedModel({ problem, fix: 'export the part of the network that has one output' }, { file }),
    );
  }
  const node = model.nodes.get(output.node);
  if (node === undefined || output.output !== 0) {
    return refuseFile(`no node computes its output ${output.node}:${output.output}`, { file });
  }
  return node;
}

/**
 * Sorts the nodes by depth-first search with a stack of its own, so that long chains are no matter.
 * @throws SnugError `malformedFile` for cycles and for inputs that no node makes
 */
export function programOf(model: GraphModel): Program {
  const output = outputOf(model);
  const readers = new Map<string, number>([[output.name, 1]]);
  const sorted: GraphNode[] = [];
  const entered = new Set<string>([output.name]);
  const finished = new Set<string>();
  const stack = [{ node: output, next: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const source = top.node.inputs[top.next];
    if (source === undefined) {
      finished.add(top.node.name);
      sorted.push(top.node);
      stack.pop();
      continue;
    }
    top.next += 1;
    const origin = { file: model.file, layer: top.node.name };
    const maker = model.nodes.get(source.node);
    if (maker === undefined) return refuseFile(`no node makes its input ${source.node}`, origin);
    readers.set(maker.name, (readers.get(maker.name) ?? 0) + 1);
    if (finished.has(maker.name)) continue;
    if (entered.has(maker.name)) return refuseFile('the node reads its own output; the nodes form a cycle', origin);
    entered.add(maker.name);
    stack.push({ node: maker, next: 0 });
  }
  return { nodes: sorted, readers, output: output.name };
}
