/** The TensorFlow Lite frontend: float networks, and quantized ones with the integers of the file. */
import { atResolution } from '../at-resolution.ts';
import type { Frontend, LoadedNetwork, LoadOptions } from '../frontend.ts';
import { convert } from './convert.ts';
import { decodeModel } from './decode.ts';
import { inputSizes } from './input.ts';
import { emptyNotes, sentencesOf } from './notes.ts';

const IDENTIFIER = 'TFL3';

/**
 * Loads a `.tflite` file of schema version 3. Int8 networks keep weights, biases, scales and zero points exactly; uint8 ones
 * have 128 taken off activations; float16 and dynamic-range weights become float.
 *
 * With `resolution`, the network is converted at the size in the file, and windows of SAME padding, pools over the whole map
 * and means follow the new size. A layer that needs the old one is refused with `resolutionFixed`.
 * @throws SnugError with the file and the layer or tensor for anything that cannot be read or expressed
 */
export function loadTflite(bytes: Uint8Array, { file, resolution }: LoadOptions): LoadedNetwork {
  const model = decodeModel(bytes, file);
  const { shape, resize } = inputSizes(model, resolution);
  const notes = emptyNotes();
  const fixed = !model.input.open.slice(1).some(open => open);
  const { graph, scaling } = convert(model, shape, fixed, notes);
  const stage = resize === null ? graph : atResolution<'float' | 'quantized'>(graph as never, resize, file);
  return { graph: stage as typeof graph, notes: sentencesOf(notes), scaling };
}

/** The frontend as the registry holds it. */
export const tflite: Frontend = {
  name: 'TFLite',
  extensions: ['.tflite', '.lite'],
  detect: bytes => String.fromCharCode(...bytes.subarray(4, 8)) === IDENTIFIER,
  load: loadTflite,
};
