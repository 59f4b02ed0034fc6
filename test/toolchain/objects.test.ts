/** What a linker and other compilers see of the emitted C. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInt8 } from '../../src/interpreter/run-int8.ts';
import { readOutputFolder } from '../../src/toolchain/output-folder.ts';
import { isInstalled } from '../../src/toolchain/run.ts';
import { asInt8, C_FLAGS, cArray, objectsOf, runProgram, sourcesOf, tool } from '../support/host-c.ts';
import { compileInto, newFolder, TINY } from '../support/snug.ts';

const NAME = 'my_net2';
let cwd: string;
let sources: readonly string[];
const includes = [`-I${NAME}`, `-I${NAME}/cmsis_nn`];

beforeAll(async () => {
  cwd = await newFolder();
  await compileInto(cwd, NAME, [...TINY, '--golden', '0', '--softmax', '--name', NAME]);
  sources = await sourcesOf(cwd, [NAME]);
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const hasClang = await isInstalled('clang');
const hasCpp = await isInstalled('g++');
const hasNm = await isInstalled('nm');
for (const [name, found] of Object.entries({ clang: hasClang, 'g++': hasCpp, nm: hasNm })) {
  if (!found) console.warn(`${name} is not installed: what needs it is not tested`);
}

/** Freestanding, and without what a host adds of its own. */
const BARE = [...C_FLAGS, '-ffreestanding', '-fno-pic', '-fno-stack-protector', '-Wmissing-prototypes', '-Wundef'];
/** What the C library, or a firmware in its place, has to supply. */
const LIBRARY = ['memcpy', 'memmove', 'memset', 'memcmp'];

interface LinkerSymbol {
  readonly kind: string;
  readonly name: string;
}

async function symbolsOf(object: string): Promise<readonly LinkerSymbol[]> {
  const text = await tool('nm', ['--format=posix', object], cwd);
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => ({ name: line.split(' ')[0]!, kind: line.split(' ')[1]! }));
}

describe.runIf(hasNm)('objects', () => {
  let symbols: ReadonlyMap<string, readonly LinkerSymbol[]>;
  beforeAll(async () => {
    const objects = await objectsOf(cwd, sources, 'gcc', [...BARE, ...includes]);
    symbols = new Map(
      await Promise.all(objects.map(async (object, i) => [sources[i]!, await symbolsOf(object)] as const)),
    );
  });

  test('are compiled freestanding, one for each source', () => {
    expect([...symbols.keys()]).toEqual(expect.arrayContaining([`${NAME}/${NAME}.c`, `${NAME}/${NAME}_weights.c`]));
    expect([...symbols.values()].every(list => list.length > 0)).toBe(true);
  });

  test('define no external symbol that does not begin with the name, or with CMSIS-NN’s prefix in its files', () => {
    for (const [source, list] of symbols) {
      const prefix = source.includes('/cmsis_nn/') ? /^arm_/ : new RegExp(`^${NAME}_`);
      const external = list.filter(({ kind }) => /^[A-TV-Z]$/.test(kind)).map(({ name }) => name);
      expect(external.length, source).toBeGreaterThan(0);
      expect(
        external.filter(name => !prefix.test(name)),
        source,
      ).toEqual([]);
    }
  });

  test('ask for nothing but each other and four functions of the C library', () => {
    const defined = new Set(
      [...symbols.values()]
        .flat()
        .filter(({ kind }) => kind !== 'U')
        .map(({ name }) => name),
    );
    const wanted = [...symbols.values()]
      .flat()
      .filter(({ kind }) => kind === 'U')
      .map(({ name }) => name);
    expect(wanted).toContain('arm_softmax_s8');
    expect(wanted.filter(name => !defined.has(name) && !LIBRARY.includes(name))).toEqual([]);
  });

  test('hold no mutable data', () => {
    const mutable = [...symbols].flatMap(([source, list]) =>
      list.filter(({ kind }) => /^[bBdDcCsSgG]$/.test(kind)).map(({ name, kind }) => `${source}: ${kind} ${name}`),
    );
    expect(mutable).toEqual([]);
  });

  test('hold no floating-point arithmetic and no heap', async () => {
    for (const source of sources) {
      const text = (await readFile(join(cwd, source), 'utf8')).replace(/\/\*[\s\S]*?\*\/|"[^"\n]*"/g, '');
      expect(text.match(/\b(float|double|malloc|calloc|free|printf|alloca)\b/g), source).toBeNull();
    }
  });

  test('of the program hold the functions of the API', () => {
    const names = symbols.get(`${NAME}/${NAME}.c`)!.filter(({ kind }) => kind === 'T' || kind === 'R');
    const api = ['input', 'layer_name', 'pixel_table', 'quantize_rgb565', 'quantize_rgb888', 'run', 'top1', 'topk'];
    expect(names.map(({ name }) => name).sort()).toEqual(api.map(name => `${NAME}_${name}`));
  });
});

test.runIf(hasClang)('clang takes every source with the same flags', async () => {
  const objects = await objectsOf(cwd, sources, 'clang', [...C_FLAGS, '-ffreestanding', ...includes]);
  expect(objects).toHaveLength(sources.length);
});

test.runIf(hasCpp)('a C++ program includes the header, links and runs', async () => {
  const output = await readOutputFolder(join(cwd, NAME));
  const objects = await objectsOf(cwd, sources, 'gcc', [...C_FLAGS, ...includes]);
  const code = `#include "${NAME}.h"
#include <cstdio>
${cArray('int8_t', 'input', output.vectors[0]!)}
static ${NAME}_arena_t arena;
static_assert(sizeof(arena) == ${NAME.toUpperCase()}_ARENA_BYTES, "size");
static_assert(alignof(${NAME}_arena_t) == ${NAME.toUpperCase()}_ALIGNMENT, "alignment");
int main()
{
    static int8_t result[${NAME.toUpperCase()}_OUTPUT_BYTES + 1];
    if (${NAME}_run(&arena, input, result) != ${NAME.toUpperCase()}_OK) return 1;
    result[${NAME.toUpperCase()}_OUTPUT_BYTES] = static_cast<int8_t>(${NAME}_top1(result));
    std::FILE *const file = std::fopen("result.bin", "wb");
    if (file == nullptr || std::fwrite(result, 1, sizeof result, file) != sizeof result) return 2;
    return std::fclose(file);
}
`;
  const flags = [
    '-std=c++11',
    '-Wall',
    '-Wextra',
    '-Wpedantic',
    '-Wconversion',
    '-Wold-style-cast',
    '-Werror',
    ...includes,
  ];
  const data = asInt8(await runProgram(cwd, 'user.cpp', code, { objects, flags, compiler: 'g++' }));
  const expected = runInt8(output.graph, output.vectors[0]!);
  expect([...data.subarray(0, -1)]).toEqual([...expected]);
  expect(data.at(-1)).toBe(expected.indexOf(Math.max(...expected)));
});

test('a core with a data cache raises the alignment with one macro', async () => {
  const { length } = sources;
  const objects = await objectsOf(cwd, sources, 'gcc', [
    ...C_FLAGS,
    ...includes,
    `-D${NAME.toUpperCase()}_ALIGNMENT=32`,
  ]);
  expect(objects).toHaveLength(length);
  const code = `#include <stdio.h>\n#include "${NAME}.h"
struct probe { char c; ${NAME}_arena_t arena; };
int main(void)
{
    const uint8_t result[2] = { (uint8_t)offsetof(struct probe, arena), (uint8_t)(${NAME.toUpperCase()}_ARENA_BYTES % 32u) };
    FILE *const file = fopen("result.bin", "wb");
    if (file == NULL || fwrite(result, 1, sizeof result, file) != sizeof result) return 1;
    return fclose(file);
}
`;
  const flags = [...C_FLAGS, ...includes, `-D${NAME.toUpperCase()}_ALIGNMENT=32`];
  expect([...(await runProgram(cwd, 'aligned.c', code, { objects, flags }))]).toEqual([32, 0]);
});
