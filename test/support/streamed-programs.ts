/** Small networks compiled with every schedule and place of the input, built by several compilers, for C that runs them. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { runInt8 } from '../../src/interpreter/run-int8.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { readOutputFolder } from '../../src/toolchain/output-folder.ts';
import { C_FLAGS, cArray, objectsOf, runProgram, SANITIZE, sourcesOf, WRITE_RESULT } from './host-c.ts';
import { compileInto } from './snug.ts';

const NETWORKS = {
  colour: ['--width', '0.35', '--resolution', '64x48', '--classes', '7', '--padding', 'symmetric'],
  grey: ['--width', '0.1', '--resolution', '33x40', '--classes', '12', '--channels', '1', '--softmax'],
} as const;
export type Network = keyof typeof NETWORKS;
export const NETWORK_NAMES: readonly Network[] = ['colour', 'grey'];

/** Rows flow where the kernels are CMSIS-NN's, pixels where they are the portable ones. */
const VARIANTS = {
  layers: ['--schedule', 'layers'],
  pixels: ['--schedule', 'stream', '--input', 'streamed', '--kernels', 'portable'],
  rows: ['--schedule', 'stream', '--input', 'streamed', '--kernels', 'cmsis-nn'],
  resident: ['--schedule', 'stream', '--input', 'resident', '--kernels', 'portable'],
  resident_rows: ['--schedule', 'stream', '--input', 'resident', '--kernels', 'cmsis-nn'],
  caller: ['--schedule', 'stream', '--input', 'caller', '--kernels', 'portable'],
  caller_rows: ['--schedule', 'stream', '--input', 'caller', '--kernels', 'cmsis-nn'],
} as const;
export type Variant = keyof typeof VARIANTS;
export const VARIANT_NAMES = Object.keys(VARIANTS) as readonly Variant[];

/** What tests read of `report.json`. */
export interface Report {
  readonly schedule: {
    readonly kind: string;
    readonly input: string;
    readonly groups: readonly { readonly kind: string; readonly unit: string | null }[];
  };
  readonly ram: { readonly arenaBytes: number };
}

/** One output folder below the tests' folder; its name is that of its folder and the prefix of its symbols. */
export interface Program {
  readonly network: Network;
  readonly variant: Variant;
  readonly name: string;
  readonly upper: string;
  readonly report: Report;
}

export interface Case {
  readonly input: Int8Array;
  readonly output: Int8Array;
}

/** Compiles every network with every schedule. */
export async function compilePrograms(cwd: string): Promise<readonly Program[]> {
  const programs: Program[] = [];
  for (const network of NETWORK_NAMES) {
    for (const variant of VARIANT_NAMES) {
      const name = `${network}_${variant}`;
      const args = ['--model', 'mobilenet-v2', '--golden', '0', '--name', name];
      const path = await compileInto(cwd, name, [...args, ...NETWORKS[network], ...VARIANTS[variant]]);
      const report = JSON.parse(await readFile(join(path, 'report.json'), 'utf8')) as Report;
      programs.push({ network, variant, name, upper: name.toUpperCase(), report });
    }
  }
  return programs;
}

/** Random inputs with the interpreter's outputs, no two of which are equal. */
export async function casesOf(cwd: string, network: Network, count: number): Promise<readonly Case[]> {
  const { graph, vectors } = await readOutputFolder(join(cwd, `${network}_layers`));
  const random = seededRandom(11);
  const noise = vectors[0]!.map(() => random.integer(256) - 128);
  const cases = [noise, ...vectors.slice(0, count - 1)].map(input => ({ input, output: runInt8(graph, input) }));
  expect(new Set(cases.map(({ output }) => output.join())).size).toBe(count);
  return cases;
}

/** How a set of programs is built. */
export interface Build {
  readonly cwd: string;
  readonly compiler: string;
  readonly flags: readonly string[];
  readonly objects: readonly string[];
  readonly programs: readonly Program[];
}

/** Compiles programs, and the portable kernels once, in a folder of their own. */
export async function build(
  cwd: string,
  programs: readonly Program[],
  { label, compiler, poison }: { label: string; compiler: string; poison: boolean },
): Promise<Build> {
  const folder = join(cwd, label);
  await mkdir(folder);
  const names = programs.map(({ name }) => name);
  const kernels = (await sourcesOf(cwd, ['colour_layers'])).filter(source => source.includes('/cmsis_nn/'));
  const sources = [...kernels, ...names.flatMap(name => [`${name}/${name}.c`, `${name}/${name}_weights.c`])];
  const includes = [...names.map(name => `-I../${name}`), '-I../colour_layers/cmsis_nn'];
  const defines = poison ? programs.map(({ upper }) => `-D${upper}_POISON`) : [];
  const flags = [...C_FLAGS, ...SANITIZE, ...includes, ...defines];
  const up = sources.map(source => `../${source}`);
  return { cwd: folder, compiler, flags, objects: await objectsOf(folder, up, compiler, flags), programs };
}

/** Runs a program that is made of declarations and the statements of its `main`, each of which may CHECK. */
export async function check(
  { cwd, programs, ...how }: Build,
  name: string,
  declarations: string,
  statements: string,
): Promise<void> {
  const code = `#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
${programs.map(program => `#include "${program.name}.h"\n`).join('')}
#define CHECK(condition) do { if (!(condition)) { fprintf(stderr, "%s, line %d: %s\\n", __func__, __LINE__, #condition); exit(1); } } while (0)
${declarations}
int main(void)
{
    static const uint8_t result[1] = {42};
${statements}
${WRITE_RESULT}`;
  await writeFile(join(cwd, 'result.bin'), '');
  expect([...(await runProgram(cwd, `${name}.c`, code, how))]).toEqual([42]);
}

/** `<network>_input[i]` and `<network>_output[i]` of the C: each an array of its own, so that sanitizers see its end. */
export function caseArrays(network: Network, cases: readonly Case[]): string {
  const table = (part: keyof Case): string => {
    const arrays = cases.map((values, i) => cArray('int8_t', `${network}_${part}_${i}`, values[part]));
    const names = cases.map((_, i) => `${network}_${part}_${i}`);
    return `${arrays.join('')}static const int8_t *const ${network}_${part}[${names.length}] = {${names}};\n`;
  };
  return table('input') + table('output');
}

/** Functions of the C that stream an input, given to each call in a block of the heap that is gone after it. */
export function streaming({ name, upper }: Program): string {
  return `
static int ${name}_push_copy(${name}_arena_t *arena, const int8_t *rows_of_input, int rows)
{
    const size_t bytes = (size_t)rows * ${upper}_INPUT_WIDTH * ${upper}_INPUT_CHANNELS;
    int8_t *const copy = malloc(bytes > 0 ? bytes : 1);
    CHECK(copy != NULL);
    memcpy(copy, rows_of_input, bytes);
    const int status = ${name}_push_rows(arena, copy, rows);
    memset(copy, 0x77, bytes);
    free(copy);
    return status;
}

static void ${name}_push(${name}_arena_t *arena, const int8_t *input, int first, int rows)
{
    CHECK(${name}_push_copy(arena, input + first * ${upper}_INPUT_WIDTH * ${upper}_INPUT_CHANNELS, rows) == ${upper}_OK);
}
`;
}
