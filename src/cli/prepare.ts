/**
 * A network with the inputs that it is calibrated with: what `compile` and `quantize` begin with. Says which preprocessing is
 * in use and where it comes from, always: a wrong one gives wrong classes and no error.
 */
import type { Graph, Tensor } from '../graph/graph.ts';
import { type ChosenPreprocess, choosePreprocess, preprocessText } from '../pictures/choose-preprocess.ts';
import { isRawArray, listPictures } from '../pictures/folder.ts';
import { type Inputs, inputsFor } from './inputs.ts';
import { inputSize, isPicture, loadNetwork, type Network } from './network.ts';
import type { Settings } from './settings.ts';
import type { Terminal } from './terminal.ts';

/** What commands work with. */
export interface Prepared {
  readonly network: Network;
  readonly inputs: Inputs;
  readonly preprocess: ChosenPreprocess;
}

async function samplesAreArrays({ images }: Settings): Promise<boolean> {
  return images !== null && (await listPictures(images)).some(isRawArray);
}

/** @throws SnugError as `loadNetwork`, `choosePreprocess` and `inputsFor` do */
export async function prepare(settings: Settings, out: Terminal): Promise<Prepared> {
  const arrays = await samplesAreArrays(settings);
  const network = await loadNetwork(settings.model, { keepScaling: arrays });
  const { graph, scaling, library } = network;
  for (const note of network.notes) out.note(note);
  const size = inputSize(graph);
  const quantization =
    graph.stage === 'quantized' ? (graph.tensors[graph.input] as Tensor<'quantized'>).quantization : null;
  const facts = { channels: size.channels, scaling, quantization, library };
  const { preprocess, reason, notes } = choosePreprocess(settings.preprocess, facts);
  const inputs = await inputsFor(graph as Graph<'float'> | Graph<'quantized'>, settings, preprocess);
  if (arrays) out.note('preprocessing: none; the samples are arrays, which hold what the network takes');
  else if (isPicture(size.channels)) {
    out.note(preprocessText(preprocess, size, reason));
    for (const note of notes) out.note(note);
  }
  return { network, inputs, preprocess };
}
