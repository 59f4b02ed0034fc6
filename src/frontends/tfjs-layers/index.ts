/** The TF.js frontend for `layers-model`: Keras's configuration in a model.json, weights in files beside it. */
import { malformedFile } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import { type Fields, isFields } from '../../formats/json.ts';
import { readTfjsWeights, tfjsShards } from '../../formats/tfjs-weights.ts';
import type { Frontend, LoadedNetwork, LoadOptions } from '../frontend.ts';
import { convertKeras } from '../keras/convert.ts';
import { parseJson } from '../keras/fields.ts';
import { parseNetwork } from '../keras/parse.ts';
import { namedStore } from '../keras/weights.ts';
import { integerNotes } from '../tfjs-notes.ts';

/** Where the file is looked at to recognize it: TF.js itself writes the format behind the layers. */
const LOOKED_AT_BYTES = 2 ** 22;
const OPENING_BRACE = 0x7b;

/** The JSON object of a file; null where it holds none. */
function parse(bytes: Uint8Array): Fields | null {
  const value = parseJson(bytes);
  return isFields(value) ? value : null;
}

/** The configuration: beside others where a converter wrote the file, alone where TF.js itself did. */
function configurationOf({ modelTopology: topology }: Fields): unknown {
  if (!isFields(topology)) return null;
  const inner = topology['model_config'] ?? topology;
  return typeof inner === 'string' ? parseJson(inner) : inner;
}

function detect(bytes: Uint8Array): boolean {
  const start = bytes.findIndex(byte => byte > 0x20);
  if (bytes[start] !== OPENING_BRACE) return false;
  const text = new TextDecoder().decode(bytes.subarray(start, start + LOOKED_AT_BYTES));
  const isTfjs = text.includes('"modelTopology"') || text.includes('"weightsManifest"');
  return isTfjs && (/"format":\s*"layers-model"/.test(text) || text.includes('"model_config"'));
}

function load(bytes: Uint8Array, options: LoadOptions): LoadedNetwork {
  const { file, companions = new Map<string, Uint8Array>() } = options;
  const refuse = (problem: string): never => {
    throw new SnugError(malformedFile({ format: 'TF.js', problem }, { file }));
  };
  const model = parse(bytes) ?? refuse('it is not a JSON object');
  const configuration = configurationOf(model) ?? refuse('it has no modelTopology with the layers of a network');
  const network = parseNetwork(configuration, file);
  const tensors = [...readTfjsWeights(model['weightsManifest'], companions, file)];
  const named = tensors.map(([name, { shape, data }]) => ({ group: null, name, shape, read: () => data }));
  const { graph, notes } = convertKeras(network, namedStore(named, file), options);
  const quantized = tensors.filter(([, tensor]) => tensor.quantized).length;
  return { graph, notes: [...notes, ...integerNotes(quantized, tensors.length)] };
}

/** The frontend as the registry holds it: a model.json of format `layers-model` and its shards. */
export const tfjsLayers: Frontend = {
  name: 'TF.js layers model',
  extensions: ['.json'],
  detect,
  companions: bytes => tfjsShards(parse(bytes)?.['weightsManifest']),
  load,
};
