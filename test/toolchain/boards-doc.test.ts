/** The C of docs/boards.md compiles against an emitted program as it stands, warnings being errors. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compileInto, execute, ROOT, testFolder } from '../support/snug.ts';

test('the firmware of the document compiles and links', async () => {
  const folder = await testFolder();
  const document = await readFile(join(ROOT, 'docs/boards.md'), 'utf8');
  const [code = ''] = [...document.matchAll(/```c\n([\s\S]*?)```/g)].map(([, text]) => text!);
  expect(code).toContain('net_push_rows_rgb565');
  const camera = 'static uint16_t line[NET_INPUT_WIDTH];\nconst uint16_t *camera_next_line(void) { return line; }\n';
  const main = 'int main(void) { int status; return classify(&status) < 0 ? 1 : 0; }\n';
  await writeFile(join(folder, 'main.c'), `${code}\n${camera}int main(void);\n${main}`);
  const network = [
    '--model',
    'mobilenet-v2',
    '--width',
    '0.1',
    '--resolution',
    '32',
    '--classes',
    '5',
    '--name',
    'net',
  ];
  await compileInto(folder, 'build', [...network, '--input', 'streamed', '--target', 'nucleo-h743zi']);
  const warnings = ['-std=c99', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-Wno-missing-prototypes'];
  const sources = ['main.c', 'build/net.c', 'build/net_weights.c'];
  const kernels = (await readdir(join(folder, 'build/cmsis_nn'))).filter(file => file.endsWith('.c'));
  const files = [...sources, ...kernels.map(file => `build/cmsis_nn/${file}`)];
  const built = await execute('gcc', [...warnings, '-Ibuild', '-Ibuild/cmsis_nn', ...files, '-o', 'firmware'], {
    cwd: folder,
  });
  expect(built.stderr).toBe('');
  expect((await execute(join(folder, 'firmware'), [], { cwd: folder })).exitCode).toBe(0);
});
