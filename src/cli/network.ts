/** From settings to a network: reads the model or the weights, and says where they came from. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { cleanName, toNetworkName } from '../codegen/naming.ts';
import { loadModel } from '../frontends/index.ts';
import { loadWeights } from '../frontends/weights/index.ts';
import type { Graph } from '../graph/graph.ts';
import { mobilenetV2 } from '../models/mobilenet-v2.ts';
import { type ParameterSource, seededParameters } from '../models/parameter-source.ts';
import type { Provenance } from '../report/provenance.ts';
import { readInput, sourceFile } from './files.ts';
import type { ModelSettings } from './settings.ts';

/** A network as a command starts from it. */
export interface Network {
  /** Quantized where the file is. */
  readonly graph: Graph<'float'> | Graph<'quantized'>;
  /** What was changed in reading the file, for the user to know. */
  readonly notes: readonly string[];
  /** Name in C unless another is given. */
  readonly name: string;
  /** Why that is not what the model is called, for the user to know where it is used; null where it is. */
  readonly nameNote: string | null;
  readonly origin: Pick<Provenance, 'source' | 'model' | 'weights' | 'width'>;
}

/** A name that is free, and what to say where it is another than the model's own. */
function nameOf(text: string): Pick<Network, 'name' | 'nameNote'> {
  const name = toNetworkName(text);
  const plain = cleanName(text);
  if (name === plain) return { name, nameNote: null };
  const why = plain.startsWith(name) ? `the model's name has ${plain.length} characters` : `${plain} is taken in C`;
  return { name, nameNote: `${why}, so the program is called ${name}; --name gives it another` };
}

async function modelFromFile({ path, resolution }: Extract<ModelSettings, { kind: 'file' }>): Promise<Network> {
  const bytes = await readInput(path, 'model file');
  const companion = (name: string): Promise<Uint8Array | undefined> =>
    readFile(join(dirname(path), name)).catch(() => undefined);
  const { graph, notes, format } = await loadModel({ path, bytes }, { resolution: resolution ?? undefined }, companion);
  return {
    graph,
    notes,
    ...nameOf(basename(path, extname(path))),
    origin: { source: format, model: sourceFile(path, bytes), weights: null, width: null },
  };
}

/**
 * @param drawn constants of a network that is built without a weight file; drawn from the seed unless given
 * @throws SnugError where a file is missing, damaged or does not fit, or an option is out of range
 */
export async function loadNetwork(model: ModelSettings, drawn?: ParameterSource): Promise<Network> {
  if (model.kind === 'file') return modelFromFile(model);
  const { options, weights, seed } = model;
  const bytes = weights === null ? null : await readInput(weights, 'weight file');
  const parameters = bytes === null ? (drawn ?? seededParameters(seed)) : await loadWeights({ path: weights!, bytes });
  const graph = mobilenetV2(options, parameters);
  const origin = {
    source: 'mobilenet-v2',
    model: null,
    weights: bytes === null ? null : sourceFile(weights!, bytes),
    width: options.width ?? 1,
  };
  return { graph, notes: parameters.notes ?? [], ...nameOf(graph.name), origin };
}
