/**
 * Layer names from node names, which are paths: `StatefulPartitionedCall/mobilenetv2/Conv1/Conv2D`. The folders that all
 * layers share say nothing and are left out.
 */
import { layerNamer } from '../layer-names.ts';
import type { GraphNode } from './decode.ts';

const NO_LAYER: ReadonlySet<string> = new Set(['Const', 'Identity', 'Placeholder']);

/** How many leading folders the names share. */
function sharedFolders(paths: readonly (readonly string[])[]): number {
  const [first = [], ...others] = paths;
  let shared = first.length - 1;
  for (const path of others) {
    const limit = Math.min(shared, path.length - 1);
    shared = 0;
    while (shared < limit && path[shared] === first[shared]) shared += 1;
  }
  return Math.max(shared, 0);
}

/** Gives each layer of the nodes a name of its own: that of the node, with `part` behind it for a layer that only prepares. */
export function nodeNamer(nodes: readonly GraphNode[]): (node: GraphNode, part?: string) => string {
  const nameLayer = layerNamer();
  const paths = nodes.filter(({ op }) => !NO_LAYER.has(op)).map(({ name }) => name.split('/'));
  const shared = sharedFolders(paths);
  return ({ name, op }, part) => {
    const path = name.split('/');
    const own = path.length > shared ? path.slice(shared) : path;
    return nameLayer([[...own, ...(part === undefined ? [] : [part])].join('/')], op);
  };
}
