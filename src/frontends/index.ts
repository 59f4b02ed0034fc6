/** The registry of frontends, one line each, and the entry that picks one by content. */
import { unknownFormat } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import type { Graph } from '../graph/graph.ts';
import { foreignHint } from './foreign.ts';
import type { Frontend, LoadOptions } from './frontend.ts';
import { onnx } from './onnx/index.ts';

const frontends: readonly Frontend[] = [onnx];

function hasExtension({ extensions }: Frontend, path: string): boolean {
  return extensions.some(extension => path.toLowerCase().endsWith(extension));
}

/** Content decides; the name counts only where the content is of no known format, so that a damaged file is called so. */
function frontendFor(bytes: Uint8Array, path: string): Frontend {
  const detected = frontends.find(frontend => frontend.detect(bytes));
  if (detected !== undefined) return detected;
  const hint = foreignHint(bytes, path);
  const named = frontends.find(frontend => hasExtension(frontend, path));
  if (hint === null && named !== undefined) return named;
  const supported = frontends.map(({ name, extensions }) => `${name} (${extensions.join(', ')})`).join(', ');
  const diagnostic = unknownFormat({ path, supported }, { file: path });
  throw new SnugError(hint === null ? diagnostic : { ...diagnostic, hint });
}

/**
 * A network from the bytes of a file in any format that snug reads.
 * @param file its bytes, and its path for errors and the graph's name; nothing is read from the disk
 * @throws SnugError `unknownFormat` with a way out for formats that are known but not read; else as the frontend does
 */
export function loadModel(
  file: { readonly path: string; readonly bytes: Uint8Array },
  options: Pick<LoadOptions, 'resolution'> = {},
): Graph<'float'> {
  return frontendFor(file.bytes, file.path).load(file.bytes, { file: file.path, ...options });
}
