/**
 * Many small programs in one executable: builds them with gcc under the sanitizers and runs each over its inputs, so that
 * hundreds of networks cost a handful of compiler calls. That they link together is part of the proof.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { arenaSections } from '../../src/codegen/arena.ts';
import { emitProgram } from '../../src/codegen/emit.ts';
import { executedLayers, type Program } from '../../src/codegen/program.ts';
import { runInt8 } from '../../src/interpreter/run-int8.ts';
import { inPairs } from '../../src/toolchain/host-compiler.ts';
import { joinTrace } from '../../src/toolchain/host-program.ts';
import { isInstalled } from '../../src/toolchain/run.ts';
import { skipFor } from './lack.ts';
import { templates } from './templates.ts';

const runFile = promisify(execFile);
const FLAGS = [
  '-std=c99',
  '-Wall',
  '-Wextra',
  '-Wpedantic',
  '-Wconversion',
  '-Wcast-qual',
  '-Werror',
  '-O0',
  '-fsanitize=address,undefined',
  '-fno-sanitize-recover=all',
  '-g1',
];

export interface BatchItem {
  readonly program: Program;
  readonly inputs: readonly Int8Array[];
}

/** Runs every network over its inputs: one file of inputs in, one file of all layers' bytes out, for each; layer 0 ends a run. */
function mainSource(names: readonly string[]): string {
  const parts = names.map(name => {
    const upper = name.toUpperCase();
    return `
#include "${name}.h"
${upper}_DEFINE_ARENA(arena_${name});
static FILE *trace_${name};
void ${name}_trace(int layer, const int8_t *data, size_t bytes)
{
    const int head[2] = { layer, (int)bytes };
    (void)fwrite(head, sizeof head, 1, trace_${name});
    (void)fwrite(data, 1, bytes, trace_${name});
}
static int run_${name}(void)
{
    static int8_t input[${upper}_INPUT_BYTES];
    static int8_t output[${upper}_OUTPUT_BYTES];
    FILE *const inputs = fopen("${name}.in", "rb");
    int status = ${upper}_OK;
    trace_${name} = fopen("${name}.out", "wb");
    if (inputs == NULL || trace_${name} == NULL) return 1000;
    while (status == ${upper}_OK && fread(input, 1, sizeof input, inputs) == sizeof input)
    {
        status = ${name}_run(&arena_${name}, input, output);
        ${name}_trace(0, output, 0);
    }
    fclose(inputs);
    fclose(trace_${name});
    return status;
}`;
  });
  const calls = names.map(name => `    if (run_${name}() != 0) { printf("${name} failed\\n"); return 1; }`);
  return `#include <stdio.h>\n${parts.join('\n')}\n\nint main(void)\n{\n${calls.join('\n')}\n    return 0;\n}\n`;
}

/** Bytes of each executed layer, by its number. */
export type Trace = ReadonlyMap<number, Int8Array>;

/** The runs of a file of traces, each up to the part of layer 0. */
function runsOf(data: Buffer): readonly Trace[] {
  const runs: Trace[] = [];
  let start = 0;
  for (let offset = 0; offset < data.length; offset += 8 + data.readInt32LE(offset + 4)) {
    if (data.readInt32LE(offset) !== 0) continue;
    runs.push(joinTrace(data.subarray(start, offset)));
    start = offset + 8;
  }
  return runs;
}

/**
 * Dead bytes are poisoned while the programs run.
 * @returns for each item, for each of its inputs, the bytes of every executed layer
 */
export async function runBatch(items: readonly BatchItem[]): Promise<readonly (readonly Trace[])[]> {
  if (!(await isInstalled('gcc'))) skipFor('gcc');
  const folder = await mkdtemp(join(tmpdir(), 'snug-batch-'));
  try {
    const sources = new Set<string>(['main.c']);
    for (const { program, inputs } of items) {
      for (const [path, text] of emitProgram(program, await templates())) {
        if (!/\.[ch]$/.test(path)) continue;
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), text);
        if (path.endsWith('.c')) sources.add(path);
      }
      await writeFile(
        join(folder, `${program.name}.in`),
        Buffer.concat(inputs.map(input => new Uint8Array(input.buffer, input.byteOffset, input.length))),
      );
    }
    const names = items.map(({ program }) => program.name);
    await writeFile(join(folder, 'main.c'), mainSource(names));
    const defines = names.flatMap(name => [`-D${name.toUpperCase()}_TRACE`, `-D${name.toUpperCase()}_POISON`]);
    // Sanitizers leave alone what has a section of its own.
    const nowhere = items.flatMap(({ program }) => arenaSections(program).map(({ macro }) => `-D${macro}=`));
    const options = { cwd: folder, maxBuffer: 1 << 24 };
    // The weights of all programs are one unit, for the compiler takes longer to start than to read one of them.
    const weights = [...sources].filter(path => path.endsWith('_weights.c'));
    await writeFile(join(folder, 'weights.c'), weights.map(path => `#include "${path}"\n`).join(''));
    const kernels = [...sources].filter(path => path.startsWith('cmsis_nn/'));
    const others = [...sources, 'weights.c'].filter(path => !weights.includes(path) && !kernels.includes(path));
    const all = [...kernels, ...others];
    const compile = async (paths: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> => {
      const args = [...FLAGS, ...defines, ...nowhere, '-I.', '-Icmsis_nn', '-c', ...paths];
      await runFile('gcc', args, { ...options, env: { ...process.env, ...env } });
    };
    // Kernels are the same in every batch: one a call, which is what a cache takes. Programs are never the same again.
    await inPairs(kernels, path => compile([path]));
    const halves = [0, 1].map(half => others.filter((_, i) => i % 2 === half));
    await inPairs(halves, half => compile(half, { CCACHE_DISABLE: '1' }));
    await runFile(
      'gcc',
      ['-fsanitize=address,undefined', ...all.map(path => `${basename(path, '.c')}.o`), '-o', 'batch'],
      options,
    );
    await runFile('./batch', [], options);
    const traces = await Promise.all(names.map(name => readFile(join(folder, `${name}.out`))));
    return traces.map(runsOf);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Every layer of a run has the interpreter's bytes. Returns how many bytes were compared. */
export function expectTrace(program: Program, input: Int8Array, trace: Trace): number {
  const made = new Map<number, Int8Array>();
  runInt8(program.graph, input, (tensor, data) => made.set(tensor, data));
  let compared = 0;
  for (const { number, step } of executedLayers(program.plan)) {
    const expected = made.get(step.node.output)!;
    const actual = trace.get(number) ?? new Int8Array();
    const where = `${program.name}, layer ${step.node.name}`;
    expect(actual.length, `${where}: bytes`).toBe(expected.length);
    const first = expected.findIndex((value, offset) => value !== actual[offset]);
    expect(first, `${where}: first differing byte`).toBe(-1);
    compared += expected.length;
  }
  return compared;
}
