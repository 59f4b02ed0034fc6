/** The Keras frontend: whole models as .keras (Keras 3, and Keras 2 since 2.12) or .h5 (both), float. */
import { unsupportedModel } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import { isHdf5, readHdf5 } from '../../formats/hdf5.ts';
import { readZip } from '../../formats/zip.ts';
import type { Frontend, LoadedNetwork, LoadOptions } from '../frontend.ts';
import { convertKeras } from './convert.ts';
import { parseJson, refuseFile } from './fields.ts';
import { parseNetwork } from './parse.ts';
import { countedStore, legacyStore } from './weights-h5.ts';

const CONFIG = 'config.json';
const WEIGHTS = 'model.weights.h5';
const ZIP = [0x50, 0x4b, 3, 4];
const ZIP_NAME = 30;
/** Where the names of a zip's entries stand: at its end. */
const ZIP_END_BYTES = 4096;

const latin = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);

/** Whether a zip holds the files that Keras writes; the first name is looked at too, for archives that are cut off. */
function isKerasZip(bytes: Uint8Array): boolean {
  if (!ZIP.every((byte, i) => bytes[i] === byte)) return false;
  const first = latin(bytes.subarray(ZIP_NAME, ZIP_NAME + WEIGHTS.length));
  if (['metadata.json', CONFIG, WEIGHTS].some(name => first.startsWith(name))) return true;
  const end = latin(bytes.subarray(-ZIP_END_BYTES));
  return end.includes(CONFIG) && end.includes(WEIGHTS);
}

function configurationOf(source: string | Uint8Array, file: string): unknown {
  return parseJson(source) ?? refuseFile('its configuration is not JSON', { file });
}

function loadLegacy(bytes: Uint8Array, options: LoadOptions): LoadedNetwork {
  const { file } = options;
  const h5 = readHdf5(bytes, file);
  const [text] = h5.texts('', 'model_config') ?? [];
  if (text === undefined) {
    throw new SnugError(
      unsupportedModel(
        {
          problem: 'the HDF5 file holds weights without a network',
          fix: `save the whole model with model.save("model.keras"), or use --model mobilenet-v2 --weights ${file}`,
        },
        { file },
      ),
    );
  }
  return convertKeras(parseNetwork(configurationOf(text, file), file), legacyStore(h5, file), options);
}

function loadZip(bytes: Uint8Array, options: LoadOptions): LoadedNetwork {
  const { file } = options;
  const entries = readZip(bytes, file);
  const read = (name: string): Uint8Array =>
    entries.get(name)?.() ?? refuseFile(`${name} is missing from the archive`, { file });
  const network = parseNetwork(configurationOf(read(CONFIG), file), file);
  return convertKeras(network, countedStore(readHdf5(read(WEIGHTS), file)), options);
}

/**
 * The frontend as the registry holds it. Files of Keras hold Functional and Sequential models, which may lie in each other;
 * shapes without height and width need `resolution`.
 */
export const keras: Frontend = {
  name: 'Keras',
  extensions: ['.keras', '.h5', '.hdf5'],
  detect: bytes => isHdf5(bytes) || isKerasZip(bytes),
  load: (bytes, options) => (isHdf5(bytes) ? loadLegacy(bytes, options) : loadZip(bytes, options)),
};
