/**
 * What compilers and linkers say of the user's CMSIS-NN, told apart from what they say of the emitted C: a library without
 * some of its sources or headers, an older one, and one for another core are no faults of the program.
 */
import { basename } from 'node:path';
import { cmsisNnForAnotherBuild, cmsisNnIncomplete } from '../diagnostics/catalog.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { CmsisNn } from './cmsis-nn.ts';

/** Folders of `Source/` in every release since 4.1.0, by the functions that lie in them in a file of their own name. */
const FOLDERS: readonly (readonly [RegExp, string])[] = [
  [/^arm_(?:nn_|s8_to_s16|q7_to_q15)/, 'NNSupportFunctions'],
  [/^arm_(?:convolve|depthwise)_/, 'ConvolutionFunctions'],
  [/^arm_(?:avgpool|avg_pool|max_pool)/, 'PoolingFunctions'],
  [/^arm_elementwise_/, 'BasicMathFunctions'],
  [/^arm_softmax_/, 'SoftmaxFunctions'],
  [/^arm_transpose_s/, 'TransposeFunctions'],
  [/^arm_(?:fully_connected|batch_matmul|vector_sum)_/, 'FullyConnectedFunctions'],
];

/** A function that a linker did not find: by whom it is called where that is known, and whether the archive calls it. */
interface Undefined {
  readonly name: string;
  readonly caller: string | null;
  readonly inArchive: boolean;
}

/** Of GNU ld's output in the C locale; each function once. */
function undefinedIn(output: string, archive: string): readonly Undefined[] {
  const found = new Map<string, Undefined>();
  let [caller, inArchive] = [null as string | null, false];
  for (const line of output.split('\n')) {
    const at = /: in function [`'](\w+)'/.exec(line);
    if (at !== null) [caller, inArchive] = [at[1]!, line.includes(`${basename(archive)}(`)];
    const name = /undefined reference to [`'](\w+)'/.exec(line)?.[1];
    if (name !== undefined && !found.has(name)) found.set(name, { name, caller, inArchive });
  }
  return [...found.values()];
}

const isLibrarys = (name: string): boolean => name.startsWith('arm_');

/** `arm_nn_x of Source/NNSupportFunctions, called by arm_y`. */
function inWords({ name, caller, inArchive }: Undefined): string {
  const folder = FOLDERS.find(([pattern]) => pattern.test(name))?.[1];
  const called = caller === null ? '' : `, called by ${caller}${inArchive ? '' : ' of the network'}`;
  return `${name}${folder === undefined ? '' : ` of Source/${folder}`}${called}`;
}

/** What headers lack, as gcc and clang say it. */
const UNDECLARED: readonly RegExp[] = [
  /implicit declaration of function '(arm_\w+)'/g,
  /call to undeclared function '(arm_\w+)'/g,
  /unknown type name '((?:arm|cmsis)_\w+)'/g,
  /use of undeclared identifier '((?:arm|cmsis|ARM)_\w+)'/g,
  /'((?:arm|cmsis|ARM)_\w+)' undeclared/g,
];

/** An error in a header of the library, by its file and what is said of it. */
function inHeader(output: string, includes: readonly string[]): string | null {
  for (const line of output.split('\n')) {
    const error = /^(.+?):\d+(?::\d+)?: (?:fatal )?error: (.+)$/.exec(line);
    if (error === null || !includes.some(folder => error[1]!.startsWith(`${folder}/`))) continue;
    const missing = /^'?([^':]+)'?(?:: No such file or directory| file not found)$/.exec(error[2]!)?.[1];
    return missing === undefined
      ? `a header that compiles: ${basename(error[1]!)}: ${error[2]}`
      : `the header ${missing}, which ${basename(error[1]!)} includes`;
  }
  return null;
}

/** As GNU ld begins what it says of an archive that is for another machine, float ABI or byte order. */
const FOREIGN =
  /skipping incompatible|error adding symbols|file in wrong format|malformed archive|uses VFP register arguments|failed to merge target specific data|[Cc]onflicting (?:CPU architectures|architecture profiles)|unknown (?:CPU )?architecture/;

/**
 * The diagnostic for an output of a compiler or linker that is about the library; null where it is about the program.
 * @param output all of it, because the program's own messages may come first
 */
export function cmsisNnFault(output: string, library: CmsisNn): Diagnostic | null {
  const { archive, includes, path } = library;
  const origin = { file: path };
  const foreign = output.split('\n').find(line => FOREIGN.test(line) && line.includes(archive));
  // The path of the tool that says it helps nobody.
  if (foreign !== undefined)
    return cmsisNnForAnotherBuild({ path, says: foreign.replace(/^\S*ld(?:\.\w+)?: (?:error: )?/, '') }, origin);
  const header = inHeader(output, includes);
  if (header !== null) return cmsisNnIncomplete({ path, lacks: [header] }, origin);
  const undeclared = new Set(UNDECLARED.flatMap(pattern => [...output.matchAll(pattern)].map(([, name]) => name!)));
  if (undeclared.size > 0) {
    return cmsisNnIncomplete({ path, lacks: [...undeclared].map(name => `a declaration of ${name}`) }, origin);
  }
  const missing = undefinedIn(output, archive).filter(({ name, inArchive }) => inArchive || isLibrarys(name));
  return missing.length === 0 ? null : cmsisNnIncomplete({ path, lacks: missing.map(inWords) }, origin);
}
