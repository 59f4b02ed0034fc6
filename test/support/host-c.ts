/** Builds C that tests write around emitted networks, with the contract's warnings as errors, and runs it. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import { execute } from './snug.ts';

/** Of `docs/emitted-c.md`, with undefined behaviour and stray addresses made fatal. */
export const C_FLAGS: readonly string[] = [
  ...['-std=c99', '-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wcast-qual', '-Werror', '-O1'],
];
export const SANITIZE: readonly string[] = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

/** Runs a tool that must succeed. */
export async function tool(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { exitCode, stdout, stderr } = await execute(program, args, { cwd });
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return stdout;
}

/** The C files of output folders below `cwd`, each portable kernel once. */
export async function sourcesOf(cwd: string, folders: readonly string[]): Promise<readonly string[]> {
  const paths = new Map<string, string>();
  for (const folder of folders) {
    for (const part of [folder, `${folder}/cmsis_nn`]) {
      for (const file of await readdir(join(cwd, part))) if (file.endsWith('.c')) paths.set(file, `${part}/${file}`);
    }
  }
  return [...paths.values()].sort();
}

/** Compiles each source to an object beside it in `build/`. */
export async function objectsOf(
  cwd: string,
  sources: readonly string[],
  compiler: string,
  flags: readonly string[],
): Promise<readonly string[]> {
  const objects: string[] = [];
  for (const source of sources) {
    const object = `${compiler.replaceAll('+', 'p')}-${basename(source)}.o`;
    await tool(compiler, [...flags, '-c', source, '-o', object], cwd);
    objects.push(object);
  }
  return objects;
}

/** Writes a program, links it with objects, runs it, and gives back the bytes that it wrote to `result.bin`. */
export async function runProgram(
  cwd: string,
  name: string,
  code: string,
  { objects, flags, compiler = 'gcc' }: { objects: readonly string[]; flags: readonly string[]; compiler?: string },
): Promise<Buffer> {
  await writeFile(join(cwd, name), code);
  const program = join(cwd, `${name}.exe`);
  await tool(compiler, [...flags, name, ...objects, '-o', program], cwd);
  await tool(program, [], cwd);
  return readFile(join(cwd, 'result.bin'));
}

/** The lines of a `main` that end a program by writing an array to `result.bin`. */
export const WRITE_RESULT = `    FILE *const file = fopen("result.bin", "wb");
    if (file == NULL || fwrite(result, 1, sizeof result, file) != sizeof result || fclose(file) != 0) return 99;
    return 0;
}
`;

/** A C array with the values. */
export function cArray(type: string, name: string, values: ArrayLike<number>): string {
  return `static const ${type} ${name}[${values.length}] = {${Array.from(values).join(',')}};\n`;
}

export const asInt8 = (data: Buffer): Int8Array => new Int8Array(data.buffer, data.byteOffset, data.length);
