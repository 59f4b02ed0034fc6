/** The registry of frontends, one line each, and the entry that picks one by content. */
import { companionMissing, unknownFormat } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import type { Companion } from '../formats/companion-name.ts';
import { foreignHint } from './foreign.ts';
import type { Frontend, LoadedNetwork, LoadOptions } from './frontend.ts';
import { keras } from './keras/index.ts';
import { onnx } from './onnx/index.ts';
import { tfjsGraph } from './tfjs-graph/index.ts';
import { tfjsLayers } from './tfjs-layers/index.ts';
import { tflite } from './tflite/index.ts';

const frontends: readonly Frontend[] = [onnx, tflite, keras, tfjsLayers, tfjsGraph];

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

/** Reads a file beside the network's own; undefined where there is none of this name. */
export type ReadCompanion = (companion: Companion) => Promise<Uint8Array | undefined>;

async function companionsOf(
  { companions }: Frontend,
  file: { readonly path: string; readonly bytes: Uint8Array },
  read: ReadCompanion | undefined,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const companion of companions?.(file.bytes) ?? []) {
    const { name } = companion;
    const bytes = await read?.(companion);
    if (bytes === undefined) throw new SnugError(companionMissing({ name }, { file: file.path }));
    found.set(name, bytes);
  }
  return found;
}

/**
 * A network from the bytes of a file in any format that snug reads, with the name of the format in lower case.
 * @param file its bytes, and its path for errors and the graph's name
 * @param readCompanion reads the files that lie beside it, where its format keeps weights apart; nothing else is read
 * @throws SnugError `unknownFormat` with a way out for formats that are known but not read; `companionMissing`; else as the
 * frontend does
 */
export async function loadModel(
  file: { readonly path: string; readonly bytes: Uint8Array },
  options: Pick<LoadOptions, 'resolution'> = {},
  readCompanion?: ReadCompanion,
): Promise<LoadedNetwork & { readonly format: string }> {
  const frontend = frontendFor(file.bytes, file.path);
  const companions = await companionsOf(frontend, file, readCompanion);
  const loaded = await frontend.load(file.bytes, { file: file.path, companions, ...options });
  return { ...loaded, format: frontend.name.toLowerCase() };
}
