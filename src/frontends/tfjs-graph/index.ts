/** The frontend of TensorFlow.js graph models: float networks of one input and one output, channels last. */
import { readTfjsWeights, tfjsShards } from '../../formats/tfjs-weights.ts';
import { atResolution } from '../at-resolution.ts';
import type { Frontend, LoadedNetwork, LoadOptions } from '../frontend.ts';
import { changedResolution, inputShape, isOpen, resolutionOf } from '../input-layout.ts';
import { integerNotes } from '../tfjs-notes.ts';
import { convert } from './convert.ts';
import { decodeModel, isGraphModel, manifestOf } from './decode.ts';
import { inputLayout, inputNode } from './input.ts';
import { programOf } from './order.ts';

/**
 * Loads a model.json of the form `graph-model`, as `tensorflowjs_converter` writes it, with the shards that lie beside it.
 * With `resolution`, "same" padding follows the new size, and so does a Pad that stood for it (`at-resolution.ts`); where the
 * file leaves the size open, Pad keeps its numbers.
 * @throws SnugError with the file and the node or tensor for anything that cannot be read or expressed
 */
function load(bytes: Uint8Array, { file, resolution, companions }: LoadOptions): LoadedNetwork {
  const model = decodeModel(bytes, file);
  const program = programOf(model);
  const input = inputNode(model, program);
  const layout = inputLayout(model, input);
  const wanted = resolutionOf(layout, resolution, { file, tensor: input.name });
  const own = changedResolution(layout, wanted);
  const weights = readTfjsWeights(model.manifest, companions ?? new Map(), file);
  const { graph, quantized, constants } = convert(program, {
    file,
    weights,
    inputShape: inputShape(layout, own ?? wanted),
    resized: isOpen(layout),
  });
  const resized = own === null ? graph : atResolution(graph, wanted!, file);
  return { graph: resized, notes: integerNotes(quantized, constants) };
}

/** The frontend as the registry holds it. */
export const tfjsGraph: Frontend = {
  name: 'TF.js graph model',
  extensions: ['.json'],
  detect: isGraphModel,
  companions: bytes => tfjsShards(manifestOf(bytes)),
  load,
};
