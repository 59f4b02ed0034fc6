/** The compiled network as something to call: builds the runner or the golden test of an output folder and runs them. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { render, type TemplateFiles } from '../codegen/templates.ts';
import { portableKernelsMissing, programFailed } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { int8Bytes, tensorOf } from '../graph/graph.ts';
import type { CmsisNn } from './cmsis-nn.ts';
import { buildForHost, type HostBuild, type HostCompiler } from './host-compiler.ts';
import { kernelSources, type OutputFolder } from './output-folder.ts';
import { run } from './run.ts';

/** A folder for objects and programs that is removed when `work` ends, however it ends. */
export async function withBuildFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'snug-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Refuses an output that cannot be built without CMSIS-NN, before a command does work that would be lost. */
export function requirePortableKernels({ portable, path }: OutputFolder): void {
  if (!portable) throw new SnugError(portableKernelsMissing({ path }, { file: path }));
}

interface BuildOptions {
  readonly compiler: HostCompiler;
  readonly sanitize: boolean;
  readonly buildFolder: string;
  /** In place of the output's portable kernels; null for those, as without it. */
  readonly library?: CmsisNn | null;
}

/** The program without a `main`, and where its kernels are. */
async function programParts(
  output: OutputFolder,
  library: CmsisNn | null,
): Promise<Pick<HostBuild, 'sources' | 'includes' | 'library'>> {
  const own = [`${output.name}.c`, `${output.name}_weights.c`];
  if (library !== null) return { sources: own, includes: ['.'], library };
  requirePortableKernels(output);
  const sources = [...own, ...(await kernelSources(output))];
  return { sources, includes: ['.', 'cmsis_nn'], library };
}

/** Builds the golden test that the output folder carries. */
export async function buildGoldenTest(output: OutputFolder, options: BuildOptions): Promise<string> {
  const { name, path } = output;
  const parts = await programParts(output, options.library ?? null);
  return buildForHost({
    ...options,
    ...parts,
    folder: path,
    sources: [...parts.sources, `test/${name}_test.c`, `test/${name}_golden.c`],
    includes: [...parts.includes, 'test'],
    defines: [`${name.toUpperCase()}_TRACE`],
    program: `golden-${options.compiler}`,
  });
}

/** Runs the golden test: its exit code says whether it passed, its one line says what differed. */
export async function runGoldenTest(
  program: string,
  folder: string,
): Promise<{ readonly passed: boolean; readonly message: string }> {
  const { exitCode, stdout, stderr } = await run(program, [], folder);
  return { passed: exitCode === 0, message: (stdout || stderr).trim() };
}

/** A program that takes inputs from a file; `trace` makes it give every layer's bytes. */
export interface Runner {
  /** Outputs of all inputs together. */
  outputs(inputs: readonly Int8Array[]): Promise<readonly Int8Array[]>;
  /** Bytes of every executed layer of one input, by the layer's number. */
  trace(input: Int8Array): Promise<ReadonlyMap<number, Int8Array>>;
}

/** Bytes in front of each part of a trace: the layer's number and the part's size. */
const TRACE_HEAD = 8;

/** Puts the parts of each layer together: they come in the order of the layer's map. */
export function joinTrace(data: Buffer): ReadonlyMap<number, Int8Array> {
  const parts = new Map<number, Buffer[]>();
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  for (let offset = 0; offset < data.length; ) {
    const [layer, bytes] = [view.getInt32(offset, LITTLE_ENDIAN), view.getInt32(offset + 4, LITTLE_ENDIAN)];
    const list = parts.get(layer) ?? [];
    list.push(data.subarray(offset + TRACE_HEAD, offset + TRACE_HEAD + bytes));
    parts.set(layer, list);
    offset += TRACE_HEAD + bytes;
  }
  return new Map([...parts].map(([layer, list]) => [layer, asInt8(Buffer.concat(list))]));
}

/** Byte order of this host, which the runner writes in. */
const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

const asInt8 = (data: Buffer): Int8Array => new Int8Array(data.buffer, data.byteOffset, data.length);

/**
 * Builds the output together with a main program that takes inputs from a file; `trace` is needed for `Runner.trace`.
 * @throws SnugError `portableKernelsMissing`, `buildFailed` or `toolMissing`; the methods of the runner throw `programFailed`
 */
export async function buildRunner(
  output: OutputFolder,
  templates: TemplateFiles,
  options: BuildOptions & { readonly trace: boolean },
): Promise<Runner> {
  const { name } = output;
  const { buildFolder, trace } = options;
  const parts = await programParts(output, options.library ?? null);
  const source = join(buildFolder, 'runner.c');
  await writeFile(source, render(templates, 'host/runner.c.hbs', { name, upper: name.toUpperCase() }));
  const program = await buildForHost({
    ...options,
    ...parts,
    folder: output.path,
    sources: [...parts.sources, source],
    includes: [resolve(output.path), ...parts.includes.slice(1)],
    defines: trace ? [`${name.toUpperCase()}_TRACE`] : [],
    program: trace ? 'trace-runner' : 'runner',
  });
  const [inputFile, outputFile, traceFile] = ['inputs.bin', 'outputs.bin', 'trace.bin'].map(file =>
    join(buildFolder, file),
  ) as [string, string, string];
  const outputSize = int8Bytes(tensorOf(output.graph, output.graph.output));

  const execute = async (inputs: readonly Int8Array[]): Promise<void> => {
    await writeFile(
      inputFile,
      Buffer.concat(inputs.map(input => new Uint8Array(input.buffer, input.byteOffset, input.length))),
    );
    const args = [inputFile, '0', String(inputs.length), outputFile, ...(trace ? [traceFile] : [])];
    const { exitCode, stderr } = await run(program, args, buildFolder);
    if (exitCode !== 0) throw new SnugError(programFailed({ program: name, output: stderr.slice(0, 4000) }));
  };
  return {
    async outputs(inputs) {
      await execute(inputs);
      const data = asInt8(await readFile(outputFile));
      return inputs.map((_, i) => data.subarray(i * outputSize, (i + 1) * outputSize));
    },
    async trace(input) {
      await execute([input]);
      return joinTrace(await readFile(traceFile));
    },
  };
}
