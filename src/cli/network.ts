/** From settings to a float network: reads the model or the weights, and says where they came from. */
import { basename, extname } from 'node:path';
import { toIdentifier } from '../codegen/naming.ts';
import { loadModel } from '../frontends/index.ts';
import { torchvisionParameters } from '../frontends/safetensors/torchvision.ts';
import type { Graph } from '../graph/graph.ts';
import { mobilenetV2 } from '../models/mobilenet-v2.ts';
import { type ParameterSource, seededParameters } from '../models/parameter-source.ts';
import type { Provenance } from '../report/provenance.ts';
import { readInput, sourceFile } from './files.ts';
import type { ModelSettings } from './settings.ts';

/** A network as a command starts from it. */
export interface Network {
  readonly graph: Graph<'float'>;
  /** Name in C unless another is given. */
  readonly name: string;
  readonly origin: Pick<Provenance, 'source' | 'model' | 'weights' | 'width'>;
}

/**
 * @param drawn constants of a network that is built without a weight file; drawn from the seed unless given
 * @throws SnugError where a file is missing, damaged or does not fit, or an option is out of range
 */
export async function loadNetwork(model: ModelSettings, drawn?: ParameterSource): Promise<Network> {
  if (model.kind === 'file') {
    const bytes = await readInput(model.path, 'model file');
    const graph = loadModel({ path: model.path, bytes }, { resolution: model.resolution ?? undefined });
    const name = toIdentifier(basename(model.path, extname(model.path)));
    return {
      graph,
      name,
      origin: { source: 'onnx', model: sourceFile(model.path, bytes), weights: null, width: null },
    };
  }
  const { options, weights, seed } = model;
  const bytes = weights === null ? null : await readInput(weights, 'weight file');
  const parameters =
    bytes === null ? (drawn ?? seededParameters(seed)) : torchvisionParameters({ path: weights!, bytes });
  const graph = mobilenetV2(options, parameters);
  const origin = {
    source: 'mobilenet-v2',
    model: null,
    weights: bytes === null ? null : sourceFile(weights!, bytes),
    width: options.width ?? 1,
  };
  return { graph, name: toIdentifier(graph.name), origin };
}
