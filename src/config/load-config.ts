/**
 * Loads a configuration: checked as TypeScript, run, checked against the schema, and its paths made absolute. Each of
 * these can fail, and each names the file and, where it can be known, the line.
 */
import { stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { configFailed, configInvalid, fileMissing, fileUnreadable } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { execute } from './execute.ts';
import { issuesOf } from './issues.ts';
import { locate } from './locate.ts';
import { configSchema } from './schema.ts';
import type { SnugConfig } from './snug-config.ts';
import { assertTyped, readSource } from './type-check.ts';

const TYPESCRIPT = ['.ts', '.mts', '.cts'];
const JAVASCRIPT = ['.js', '.mjs', '.cjs'];

async function assertReadable(path: string): Promise<void> {
  const origin = { file: path };
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new SnugError(fileMissing({ path, what: 'configuration' }, origin));
    throw new SnugError(fileUnreadable({ path, reason: error.message }, origin));
  });
  if (!found.isFile()) throw new SnugError(fileUnreadable({ path, reason: 'it is not a file' }, origin));
  if (![...TYPESCRIPT, ...JAVASCRIPT].includes(extname(path))) {
    throw new SnugError(configFailed({ reason: 'it is neither a .ts nor a .js file' }, origin));
  }
}

/** `{ weights: process.env.X }` says nothing where X is not set; fields that are undefined count as absent. */
function withoutUndefined(value: unknown, depth = 2): unknown {
  if (depth === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutUndefined(inner, depth - 1)]));
}

function withPaths(config: SnugConfig, folder: string): SnugConfig {
  const absolute = (path: string): string => resolve(folder, path);
  const { model, calibration } = config;
  const network = model === 'mobilenet-v2' ? ({ network: model } as const) : model;
  return {
    ...config,
    model:
      typeof network === 'string'
        ? absolute(network)
        : { ...network, ...(network.weights === undefined ? {} : { weights: absolute(network.weights) }) },
    ...(calibration?.images === undefined
      ? {}
      : { calibration: { ...calibration, images: absolute(calibration.images) } }),
    ...(config.out === undefined ? {} : { out: absolute(config.out) }),
  };
}

/**
 * Loads a `snug.config.ts` (.mts, .cts), or a .js (.mjs, .cjs), which is not type-checked.
 * @returns the configuration with absolute paths, without defaults filled in
 * @throws SnugError fileMissing, fileUnreadable, configTypeError (one for each error), configFailed, or configInvalid
 * (one for each field)
 */
export async function loadConfig(path: string): Promise<SnugConfig> {
  await assertReadable(path);
  const isTyped = TYPESCRIPT.includes(extname(path));
  const checked = isTyped ? await readSource(path) : null;
  if (checked !== null) assertTyped(checked, path);

  const config = withoutUndefined(await execute(path));
  const result = configSchema.safeParse(config);
  if (result.success) return withPaths(result.data, dirname(resolve(path)));

  const source = checked ?? (await readSource(path));
  const diagnostics = issuesOf(result.error, config).map(async issue => {
    const origin = { file: path, ...(await locate(source, issue.path)) };
    return configInvalid({ problem: issue.problem }, origin);
  });
  throw new SnugError(...(await Promise.all(diagnostics)));
}
