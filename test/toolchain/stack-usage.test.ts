/** Stacks of compiled C: programs of a few lines whose frames are known from their arrays, and an emitted network. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { SnugError } from '../../src/diagnostics/diagnostic.ts';
import type { StackUsage } from '../../src/toolchain/call-graph.ts';
import { measureStack } from '../../src/toolchain/stack-usage.ts';
import { sourcesOf } from '../support/host-c.ts';
import { compileInto, testFolder } from '../support/snug.ts';
import { needTools } from '../support/tools.ts';

beforeEach(context => needTools(context, 'gcc'));

const NOINLINE = '__attribute__((noinline))';
/** A function that uses all of an array of bytes, whatever the optimiser does. */
const user = (head: string, bytes: number): string =>
  `${head}(int x) { volatile char b[${bytes}]; b[x] = 1; return b[x + 1]; }\n`;

/** Writes sources into a folder and measures from `entry`. */
async function measure(
  files: Readonly<Record<string, string>>,
  { compiler = 'gcc', flags = ['-O2'] }: { readonly compiler?: string; readonly flags?: readonly string[] } = {},
): Promise<StackUsage | null> {
  const folder = await testFolder();
  const buildFolder = join(folder, 'build');
  for (const path of ['build', 'one', 'two', 'include']) await mkdir(join(folder, path));
  await writeFile(join(folder, 'include/work.h'), 'int work(int x);\n');
  for (const [path, code] of Object.entries(files)) await writeFile(join(folder, path), code);
  const sources = Object.keys(files);
  return measureStack({ compiler, flags, sources, includes: ['include'], folder, buildFolder, entries: ['entry'] });
}

const ENTRY = `#include "work.h"\n${user(`static ${NOINLINE} int pad`, 100)}int entry(int x) { return work(pad(x)) + 1; }\n`;

test.each(['-O0', '-Os', '-O2', '-O3'])(
  'two sources of equal name, with static functions of equal name, at %s',
  async level => {
    const work = `#include "work.h"\n${user(`static ${NOINLINE} int pad`, 1000)}int work(int x) { return pad(x) + 1; }\n`;
    const stack = await measure({ 'one/a.c': ENTRY, 'two/a.c': work }, { flags: [level] });
    expect(stack).toMatchObject({ path: ['entry', 'work', 'pad'], unknown: [] });
    // At most what three calls push and save.
    expect(stack?.bytes).toBeGreaterThanOrEqual(1000);
    expect(stack?.bytes).toBeLessThan(1000 + 200);
  },
);

test('inlined functions are part of their caller, and tail calls are calls', async () => {
  const work = `#include <string.h>
#include "work.h"
${user('static inline __attribute__((always_inline)) int pad', 1000)}int work(int x) { return pad(x); }
void *copy(void *to, const void *from, size_t n) { return memcpy(to, from, n); }
`;
  const entry = `#include <string.h>
#include "work.h"
void *copy(void *to, const void *from, size_t n);
int entry(int x) { char a[64]; copy(a, &x, (size_t)x); return work(a[x]); }
`;
  const stack = await measure({ 'one/entry.c': entry, 'two/work.c': work });
  expect(stack).toMatchObject({ path: ['entry', 'work'], unknown: ['memcpy'] });
  expect(stack?.bytes).toBeGreaterThanOrEqual(1000);
});

test('equal functions keep their frames, and data has none', async () => {
  const equal = ['first', 'second'].map(name => user(`static ${NOINLINE} int ${name}`, 500)).join('');
  const work = `#include "work.h"\n${equal}int work(int x) { return first(x) + second(x + 1); }\n`;
  const stack = await measure({ 'one/a.c': ENTRY, 'two/a.c': work, 'two/b.c': 'const int table[2] = {1, 2};\n' });
  expect(stack).toMatchObject({ path: ['entry', 'work', expect.stringMatching(/^(first|second)$/)] });
  expect(stack?.bytes).toBeGreaterThanOrEqual(500);
});

test('a weak function is found by its plain name', async () => {
  const work = `#include "work.h"\n${user('__attribute__((weak)) int work', 1000)}`;
  expect(await measure({ 'one/a.c': ENTRY, 'two/b.c': work })).toMatchObject({ path: ['entry', 'work'], unknown: [] });
});

test.each([
  ['recursion', 'int work(int x) { return x < 2 ? 1 : work(x - 1) * work(x - 2) + 1; }'],
  ['a pointer to a function', 'extern int (*hook)(int); int work(int x) { return hook(x) + 1; }'],
  ['an array whose size is data', user('int work', 0).replace('[0]', '[x + 2]')],
])('%s has no figure', async (_, code) => {
  expect(await measure({ 'one/a.c': ENTRY, 'two/b.c': `#include "work.h"\n${code}\n` })).toBeNull();
});

test('C that does not compile is refused with its source', async () => {
  const error: unknown = await measure({ 'one/a.c': 'int entry(int x) { return y; }\n' }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(SnugError);
  expect((error as SnugError).message).toContain('one/a.c');
});

test('a compiler without call graphs has no figure', async context => {
  await needTools(context, 'clang');
  expect(await measure({ 'one/a.c': ENTRY }, { compiler: 'clang' })).toBeNull();
});

test('an emitted network has a figure, and calls nothing but the C library beside itself', async () => {
  const cwd = await testFolder();
  const path = await compileInto(cwd, 'out');
  const buildFolder = join(cwd, 'build');
  await mkdir(buildFolder);
  const before = await readdir(path);
  const stack = await measureStack({
    ...{ compiler: 'gcc', flags: ['-std=c99', '-O2'], sources: await sourcesOf(cwd, ['out']), folder: cwd },
    ...{ includes: ['out', 'out/cmsis_nn'], buildFolder, entries: ['tiny_run'] },
  });
  expect(stack?.path[0]).toBe('tiny_run');
  expect(stack?.path.length).toBeGreaterThan(1);
  expect(stack?.unknown.filter(name => !/^mem(cpy|set|move)$/.test(name))).toEqual([]);
  expect(stack?.bytes).toBeGreaterThan(64);
  expect(stack?.bytes).toBeLessThan(4096);
  // Everything that the compiler wrote is in the build folder.
  expect(await readdir(path)).toEqual(before);
});
