/** Runs a configuration through jiti, which takes TypeScript and needs no build step. */
import { resolve } from 'node:path';
import { configFailed } from '../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../diagnostics/diagnostic.ts';

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** The default export, or what a CommonJS file assigned to `module.exports`; undefined where there is neither. */
function exportOf(module: unknown): unknown {
  if (!isObject(module)) return module;
  const isCommonJs = !('default' in module) && !('__esModule' in module) && Object.keys(module).length > 0;
  const { default: exported } = module;
  return isCommonJs ? module : exported;
}

/** The first line alone: jiti appends code frames and require stacks. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message.split('\n')[0] || error.name;
}

/** Where the configuration threw, from the topmost frame that lies in it; the file alone where no frame does. */
function originOf(error: unknown, file: string, path: string): Origin {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const at = stack.indexOf(`${file}:`);
  const line = at < 0 ? undefined : /^:(\d+)/.exec(stack.slice(at + file.length))?.[1];
  // jiti keeps the lines of what it transforms, but not the columns.
  return line === undefined ? { file: path } : { file: path, line: Number(line) };
}

/**
 * The default export of the configuration. Nothing is cached, so that a changed file is read anew.
 * @param path as the diagnostics shall show it
 * @throws SnugError configFailed where it throws or exports no object; a SnugError that it throws itself passes
 */
export async function execute(path: string): Promise<unknown> {
  const file = resolve(path);
  const { createJiti } = await import('jiti');
  // The running snug itself, not a second copy of it: no install is needed, and its errors are recognized as its own.
  const snug = await import('../index.ts');
  const jiti = createJiti(file, {
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    virtualModules: { snug },
  });
  let loaded: unknown;
  try {
    loaded = await jiti.import(file);
  } catch (error) {
    if (error instanceof SnugError) throw error;
    throw new SnugError(configFailed({ reason: reasonOf(error) }, originOf(error, file, path)));
  }
  const config = exportOf(loaded);
  if (!isObject(config)) {
    const reason = config === undefined ? 'it has no default export' : `its default export is a ${typeof config}`;
    throw new SnugError(configFailed({ reason }, { file: path }));
  }
  return config;
}
