/** Names that C and CMake take. */
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { checkName, toNetworkName, uniqueIdentifiers } from '../../src/codegen/naming.ts';
import { NETWORK_NAME } from '../../src/ir/name.ts';
import { refusalOf } from '../support/refusal.ts';
import { execute, testFolder } from '../support/snug.ts';
import { needTools } from '../support/tools.ts';

test.each(['digits', 'mbv2_100_224', 'a'])('%s is a name', name => {
  expect(checkName(name)).toBe(name);
});

test.each(['', 'Digits', '_digits', '2d', 'a-b', 'é', 'while', 'main'])('%j is no name in C', name => {
  expect(refusalOf(() => checkName(name))).toMatchObject({ code: 'SNUG101' });
});

test.each(['test', 'all', 'clean', 'help', 'install', 'package'])('%s is a target already', name => {
  const { hint } = refusalOf(() => checkName(name));
  expect(hint).toContain(`such as ${name}_`);
  expect(checkName(toNetworkName(name))).toBe(`${name}_`);
});

test.each([
  ...['features', 'stdlib', 'math', 'time', 'string', 'errno', 'newlib', 'float', 'stdarg', 'arm_math', 'cmsis_gcc'],
  ...[
    'snug_cmsis_nn',
    'arm_nn_types',
    'arm_softmax_s8',
    'snug_requantize',
    'core_cm4',
    'flow_1',
    'layer_3',
    'm',
    'con',
    'aux',
  ],
])('%s has another owner: refused, and changed where a file is called so', name => {
  const { code, message } = refusalOf(() => checkName(name));
  expect(code).toBe('SNUG101');
  expect(message).toContain(`"${name}" cannot be the name of a network in C`);
  const changed = toNetworkName(name);
  expect(changed).not.toBe(name);
  expect(checkName(changed)).toBe(changed);
});

/** The headers that a compiler finds for those of C99, whatever they include in turn. */
async function headersOf(compiler: string): Promise<readonly string[]> {
  const cwd = await testFolder();
  const names = [
    'assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdarg stdbool',
  ];
  const all = `${names} stddef stdint stdio stdlib string tgmath time wchar wctype`.split(' ');
  await writeFile(join(cwd, 'all.c'), all.map(name => `#include <${name}.h>\n`).join(''));
  const { stdout, exitCode } = await execute(compiler, ['-M', 'all.c'], { cwd });
  expect(exitCode).toBe(0);
  return [...stdout.matchAll(/\S+\.h\b/g)].map(([path]) => path);
}

test.for(['gcc', 'clang', 'arm-none-eabi-gcc'])(
  'no header of %s can be taken for a network’s',
  async (compiler, context) => {
    await needTools(context, compiler);
    const headers = await headersOf(compiler);
    expect(headers.length).toBeGreaterThan(24);
    // Those in folders of their own are included with the folder, so that a file beside a program does not stand in for them.
    const nested = /\/(bits|sys|machine|gnu|asm|asm-generic|linux|ssp|rpc)\//;
    const names = headers.filter(path => !nested.test(path)).map(path => basename(path, '.h'));
    const free = names.filter(name => NETWORK_NAME.test(name) && toNetworkName(name) === name);
    expect(free).toEqual([]);
  },
);

test('63 characters are a name, and 64 are not', () => {
  const longest = 'a'.repeat(63);
  expect(checkName(longest)).toBe(longest);
  const { message, hint } = refusalOf(() => checkName('a'.repeat(300)));
  expect(message).toContain('it has 300 characters');
  expect(message.length + hint.length).toBeLessThan(400);
  expect(toNetworkName('a'.repeat(300))).toBe(longest);
});

test('what a model file is called becomes a name', () => {
  expect(['MobileNet v2.1', '__x__', '2d', 'test', 'é'].map(toNetworkName)).toEqual([
    'mobilenet_v2_1',
    'x',
    'n_2d',
    'test_',
    'n_',
  ]);
});

test('layers whose names become the same are numbered', () => {
  expect(uniqueIdentifiers(['a/b', 'a.b', 'a b', 'c'])).toEqual(['a_b', 'a_b_2', 'a_b_3', 'c']);
});
