/**
 * The deepest stack of a C program from gcc's call graphs, because a microcontroller has no guard page: whoever gives
 * the stack too little room gets other data overwritten. The sum of frames along a path is a bound only where the whole
 * graph is known, so anything that makes it unknown is refused instead of guessed.
 *
 * A graph is what `-fcallgraph-info=su` writes for one source (GCC manual, "Developer Options"; format VCG), one item a
 * line. A node with a frame was compiled there, one without is only called there. gcc puts the source's path before the
 * name of a static or weak function (`print_decl_identifier` in gcc's `toplev.cc`), which keeps equal names apart.
 */

/** The deepest chain of calls. */
export interface StackUsage {
  /** Sum of the frames on `path`, with what a call itself pushes where gcc counts it (x86 yes, Arm in the frame). */
  readonly bytes: number;
  /** Functions from the entry to the deepest, without paths; gcc's copies have its suffixes, as in `f.constprop.0`. */
  readonly path: readonly string[];
  /** Functions that some entry reaches and nothing here defines, such as `memcpy`, in order; each counts 0 bytes. */
  readonly unknown: readonly string[];
}

/** A function that was compiled, or that is called somewhere. */
interface FunctionNode {
  /** Without the path of its source. */
  readonly name: string;
  /** Bytes, null where nothing compiled defines it, `unbounded` where its frame depends on data. */
  frame: number | 'unbounded' | null;
  /** Keys of the functions that it calls. */
  readonly calls: Set<string>;
}

type Graph = Map<string, FunctionNode>;

const NODE = /^node: \{ title: "([^"]*)" label: "([^"]*)"(?: shape : ellipse)? \}$/;
const EDGE = /^edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"(?: label: "[^"]*")? \}$/;
const FRAME = /\\n(\d+) bytes \(([^)]*)\)/;
/** Target of every call through a pointer. */
const INDIRECT = '__indirect_call';

/** C names have no colon, so what stands before the last one is a path. */
const nameOf = (title: string): string => title.slice(title.lastIndexOf(':') + 1);
const isScoped = (key: string): boolean => key.includes(':');

/** `dynamic,bounded` includes its adjustments; plain `dynamic` leaves out what grows with data (GCC manual, same page). */
function frameOf(label: string): FunctionNode['frame'] {
  const [, bytes, qualifier] = FRAME.exec(label) ?? [];
  if (bytes === undefined) return null;
  return qualifier === 'static' || qualifier === 'dynamic,bounded' ? Number(bytes) : 'unbounded';
}

/** Adds one source's graph. False where a line is not understood or a function is defined twice. */
function read(text: string, index: number, graph: Graph): boolean {
  // A title with a path is meant within its source, even where the same path is compiled twice.
  const nodeAt = (title: string): [string, FunctionNode] => {
    const key = isScoped(title) ? `${index}:${title}` : title;
    const node = graph.get(key) ?? { name: nameOf(title), frame: null, calls: new Set() };
    graph.set(key, node);
    return [key, node];
  };
  const lines = text.trim().split(/\r?\n/);
  if (!lines.shift()?.startsWith('graph: {') || lines.pop() !== '}') return false;
  for (const line of lines) {
    const [, title, label] = NODE.exec(line) ?? [];
    const [, source, target] = EDGE.exec(line) ?? [];
    if (title !== undefined && label !== undefined) {
      const [, node] = nodeAt(title);
      const frame = frameOf(label);
      if (frame !== null && node.frame !== null) return false;
      node.frame ??= frame;
    } else if (source !== undefined && target !== undefined) {
      nodeAt(source)[1].calls.add(nodeAt(target)[0]);
    } else {
      return false;
    }
  }
  return true;
}

/** Gives the definitions that the linker may choose for a key. */
function resolver(graph: Graph): (key: string) => readonly string[] {
  const scoped = new Map<string, string[]>();
  for (const [key, { name, frame }] of graph) {
    if (isScoped(key) && frame !== null) scoped.set(name, [...(scoped.get(name) ?? []), key]);
  }
  const defined = (key: string): boolean => (graph.get(key)?.frame ?? null) !== null;
  return key => {
    if (!isScoped(key)) return defined(key) ? [key] : (scoped.get(key) ?? []);
    return defined(key) ? [key, nameOf(key)].filter(defined) : [];
  };
}

/**
 * The deepest of the entry functions. Null where no figure would be a bound: a cycle of calls, a call through a
 * pointer, a frame that grows with data, an entry or a static function without a frame (gcc merged it with an equal
 * one), a function that two sources define, or text that is no call graph. Only what the entries reach counts.
 *
 * A graph does not tell weak from static. A plain name that only such functions have goes to the deepest of them, and
 * where a plain definition exists beside one, to the deeper of both: too much at worst. Only two weak definitions of
 * one name that the linker exchanges are not seen.
 *
 * @param vcgTexts contents of the `.ci` files of all sources
 * @param entries names of functions, as in C
 */
export function deepestStack(vcgTexts: readonly string[], entries: readonly string[]): StackUsage | null {
  const graph: Graph = new Map();
  if (!vcgTexts.every((text, index) => read(text, index, graph))) return null;
  const definitions = resolver(graph);
  const unknown = new Set<string>();
  const done = new Map<string, Omit<StackUsage, 'unknown'> | 'active'>();

  /** From one definition down; null refuses. */
  function below(key: string): Omit<StackUsage, 'unknown'> | null {
    const before = done.get(key);
    if (before !== undefined) return before === 'active' ? null : before;
    const node = graph.get(key);
    if (node === undefined || typeof node.frame !== 'number') return null;
    done.set(key, 'active');
    const deepest = deepestOf([...node.calls]);
    if (deepest === null) return null;
    const result = { bytes: node.frame + deepest.bytes, path: [node.name, ...deepest.path] };
    done.set(key, result);
    return result;
  }

  /** The deepest of some calls, the first where equal; of no calls, nothing. */
  function deepestOf(calls: readonly string[]): Omit<StackUsage, 'unknown'> | null {
    let deepest: Omit<StackUsage, 'unknown'> = { bytes: 0, path: [] };
    for (const call of calls) {
      const targets = definitions(call);
      if (call === INDIRECT || (targets.length === 0 && isScoped(call))) return null;
      if (targets.length === 0) unknown.add(call);
      for (const target of targets) {
        const candidate = below(target);
        if (candidate === null) return null;
        if (deepest.path.length === 0 || candidate.bytes > deepest.bytes) deepest = candidate;
      }
    }
    return deepest;
  }

  if (entries.length === 0 || entries.some(entry => definitions(entry).length === 0)) return null;
  const deepest = deepestOf(entries);
  return deepest && { ...deepest, unknown: [...unknown].sort() };
}
