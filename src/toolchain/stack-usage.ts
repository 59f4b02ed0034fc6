/**
 * Measures the stack of emitted C: gcc compiles every source and writes frames and calls beside the objects, which
 * `call-graph.ts` adds up. Nothing is run, so a cross compiler does for a target that is not there. The figure belongs
 * to this compiler and these flags.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildFailed } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { deepestStack, type StackUsage } from './call-graph.ts';
import { run } from './run.ts';

/** What to compile, and where the stack begins. */
interface StackOptions {
  /** Command name of a gcc, such as `gcc` or `arm-none-eabi-gcc`. */
  readonly compiler: string;
  /** Those of the build whose stack is asked for: optimisation, processor, macros. */
  readonly flags: readonly string[];
  /** Relative to `folder`, or absolute. */
  readonly sources: readonly string[];
  /** As `-I`, relative to `folder`, or absolute. */
  readonly includes: readonly string[];
  /** Folder that paths are relative to. */
  readonly folder: string;
  /** Existing folder for objects and graphs. */
  readonly buildFolder: string;
  /** Functions that the firmware calls. */
  readonly entries: readonly string[];
}

/**
 * Equal functions are not merged, for gcc then names one in the calls that it does not list. Nothing waits for the
 * linker, or there would be no frames yet.
 */
const GRAPH_FLAGS = ['-fstack-usage', '-fcallgraph-info=su', '-fno-ipa-icf', '-fno-lto'] as const;
/** As clang and as gcc before 10 put it, in the C locale that `run` sets. */
const OPTION_UNKNOWN = /(?:unknown argument|unrecognized command[- ]line option).*-fcallgraph-info/;

/**
 * Functions that call nothing use up to 128 bytes below the stack pointer on x86-64 (System V ABI, "The Stack Frame"),
 * which gcc does not count as frame. Without that zone it counts them.
 */
async function redZoneFlags(compiler: string, folder: string): Promise<readonly string[]> {
  const { stdout } = await run(compiler, ['-dumpmachine'], folder);
  return stdout.startsWith('x86_64') ? ['-mno-red-zone'] : [];
}

/**
 * Compiles the sources and finds the deepest stack of the entries.
 * @returns null where the compiler writes no call graph (clang, gcc before 10) or the graph gives no bound (`deepestStack`)
 * @throws SnugError `toolMissing`, or `buildFailed` with the compiler's first messages
 */
export async function measureStack(options: StackOptions): Promise<StackUsage | null> {
  const { compiler, sources, includes, folder, buildFolder, entries } = options;
  const flags = [
    ...options.flags,
    ...includes.map(path => `-I${path}`),
    ...GRAPH_FLAGS,
    ...(await redZoneFlags(compiler, folder)),
  ];

  /** Text of one source's graph, null where the compiler has no such option. */
  const graphOf = async (source: string, index: number): Promise<string | null> => {
    // Numbers, because sources of equal name may lie in several folders. The graph's name follows the object's.
    const path = join(buildFolder, `stack-${index}`);
    const { exitCode, stderr } = await run(compiler, [...flags, '-c', source, '-o', `${path}.o`], folder);
    if (exitCode === 0) return readFile(`${path}.ci`, 'utf8');
    if (OPTION_UNKNOWN.test(stderr)) return null;
    const output = stderr.split('\n').slice(0, 20).join('\n');
    throw new SnugError(buildFailed({ tool: compiler, output }, { file: source }));
  };

  // Two compilers at a time, as in host-compiler.ts; both take from one queue.
  const graphs = new Map<number, string>();
  const queue = sources.entries();
  const worker = async (): Promise<void> => {
    for (const [index, source] of queue) {
      const graph = await graphOf(source, index);
      if (graph === null) return;
      graphs.set(index, graph);
    }
  };
  await Promise.all([worker(), worker()]);
  if (graphs.size < sources.length) return null;
  return deepestStack(
    sources.map((_, index) => graphs.get(index) ?? ''),
    entries,
  );
}
