/** From settings to a network: reads the model or the weights, and says where they came from. */
import { basename, extname } from 'node:path';
import { cleanName, toNetworkName } from '../codegen/naming.ts';
import { readCompanion } from '../disk/companion.ts';
import { readRegular } from '../disk/regular.ts';
import { loadModel } from '../frontends/index.ts';
import { loadWeights } from '../frontends/weights/index.ts';
import { type Graph, tensorOf } from '../graph/graph.ts';
import { type InputScaling, isPicture } from '../ir/input-scaling.ts';
import { mapShape } from '../ir/shape.ts';
import { mobilenetV2 } from '../models/mobilenet-v2.ts';
import { type ParameterSource, seededParameters } from '../models/parameter-source.ts';
import { takeInputScaling } from '../passes/take-input-scaling.ts';
import type { InputSize } from '../pictures/decode.ts';
import type { Provenance } from '../report/provenance.ts';
import { sourceFile } from './files.ts';
import type { ModelSettings } from './settings.ts';

/** A network as a file has it. */
interface FoundNetwork {
  /** Quantized where the file is. */
  readonly graph: Graph<'float'> | Graph<'quantized'>;
  /** What was changed in reading the file, for the user to know. */
  readonly notes: readonly string[];
  /** Name in C unless another is given. */
  readonly name: string;
  /** Why that is not what the model is called, for the user to know where it is used; null where it is. */
  readonly nameNote: string | null;
  readonly origin: Pick<Provenance, 'source' | 'model' | 'weights' | 'width'>;
  /** What was taken out of the network for preprocessing to do: layers that scaled its input. */
  readonly scaling: InputScaling | null;
  /** The library whose names its weights have; null where it is none that is known. */
  readonly library: string | null;
}

/** A network as a command starts from it. */
export interface Network extends FoundNetwork {
  /** The float network with the layers that scale its input; null for one that came quantized. */
  readonly whole: Graph<'float'> | null;
}

/** Size of the input in pixels and channels; a vector counts as one pixel. */
export function inputSize(graph: Graph<'float'> | Graph<'quantized'>): InputSize {
  const { height, width, channels } = mapShape(graph.tensors[graph.input]!.shape);
  return { height, width, channels };
}

/** A name that is free, and what to say where it is another than the model's own. */
function nameOf(text: string): Pick<Network, 'name' | 'nameNote'> {
  const name = toNetworkName(text);
  const plain = cleanName(text);
  if (name === plain) return { name, nameNote: null };
  const why = plain.startsWith(name) ? `the model's name has ${plain.length} characters` : `${plain} is taken in C`;
  return { name, nameNote: `${why}, so the program is called ${name}; --name gives it another` };
}

async function modelFromFile({ path, resolution }: Extract<ModelSettings, { kind: 'file' }>): Promise<FoundNetwork> {
  const bytes = await readRegular(path, 'model file');
  const {
    graph,
    notes,
    format,
    scaling = null,
    library = null,
  } = await loadModel({ path, bytes }, { resolution: resolution ?? undefined }, companion =>
    readCompanion(path, companion),
  );
  return {
    graph,
    notes,
    ...nameOf(basename(path, extname(path))),
    origin: { source: format, model: sourceFile(path, bytes), weights: null, width: null },
    scaling,
    library,
  };
}

async function builtNetwork(
  { options, weights, seed }: Extract<ModelSettings, { kind: 'mobilenet-v2' }>,
  drawn?: ParameterSource,
): Promise<FoundNetwork> {
  const bytes = weights === null ? null : await readRegular(weights, 'weight file');
  const parameters = bytes === null ? (drawn ?? seededParameters(seed)) : await loadWeights({ path: weights!, bytes });
  const graph = mobilenetV2(options, parameters);
  const origin = {
    source: 'mobilenet-v2',
    model: null,
    weights: bytes === null ? null : sourceFile(weights!, bytes),
    width: options.width ?? 1,
  };
  const { notes = [], library = null } = parameters;
  return { graph, notes, ...nameOf(graph.name), origin, scaling: null, library };
}

/**
 * @param drawn constants of a network that is built without a weight file; drawn from the seed unless given
 * @param keepScaling leaves layers that scale the input in the network: its inputs are no pictures
 * @throws SnugError where a file is missing, damaged or does not fit, or an option is out of range
 */
export async function loadNetwork(
  model: ModelSettings,
  { drawn, keepScaling = false }: { readonly drawn?: ParameterSource; readonly keepScaling?: boolean } = {},
): Promise<Network> {
  const found = await (model.kind === 'file' ? modelFromFile(model) : builtNetwork(model, drawn));
  if (found.graph.stage === 'quantized') return { ...found, whole: null };
  const whole = found.graph as Graph<'float'>;
  const { channels } = mapShape(tensorOf(whole, whole.input).shape);
  const taken = isPicture(channels) ? takeInputScaling(whole) : null;
  if (taken === null) return { ...found, whole };
  if (!keepScaling) return { ...found, whole, graph: taken.graph, scaling: taken.scaling };
  const note = `${taken.layers.join(', ')} only scale${taken.layers.length === 1 ? 's' : ''} the input; with pictures instead of arrays that would cost nothing`;
  return { ...found, whole, notes: [...found.notes, note] };
}
