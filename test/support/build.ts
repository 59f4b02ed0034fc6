/**
 * Before any test: compiles `src/` to `dist/`, which the tests of the command line run as a user would. Nothing is done
 * where the build is newer than the sources.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const modified = async (path: string): Promise<number> =>
  stat(path).then(
    info => info.mtimeMs,
    () => 0,
  );

async function isUpToDate(): Promise<boolean> {
  const entries = await readdir(join(ROOT, 'src'), { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
  const times = await Promise.all([...files, join(ROOT, 'tsconfig.json')].map(modified));
  return (await modified(join(ROOT, 'dist/cli/main.js'))) > Math.max(...times);
}

/** Type errors do not keep the compiler from writing; they are told here and fail `npm run typecheck`. */
export default async function setup(): Promise<void> {
  if (await isUpToDate()) return;
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { exitCode, stdout } = await execa(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: ROOT,
    reject: false,
  });
  if (exitCode !== 0) console.warn(`the build has errors:\n${stdout}`);
  if (!(await isUpToDate())) throw new Error('the build wrote nothing');
}
