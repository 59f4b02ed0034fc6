/** The ONNX frontend: float networks, one input and one output, channels first or last. */
import type { Graph } from '../../graph/graph.ts';
import type { Frontend, LoadOptions } from '../frontend.ts';
import { convert } from './convert.ts';
import { decodeModel } from './decode.ts';
import { startsLikeModel } from './detect.ts';
import { inputLayout, resolutionOf } from './input.ts';
import { programOf } from './order.ts';

/**
 * Loads an ONNX model as a float graph whose maps are channels-last; the batch is 1.
 *
 * With `resolution`, a network is converted at the size in the file first and then at the one given: explicit pads that
 * stood for TensorFlow's "same", and average pools over the whole map, follow the new size (`window-notes.ts`). A Reshape
 * or Gemm that needs the old size is refused with `resolutionFixed`.
 * @throws SnugError with the file and the node or tensor for anything that cannot be read or expressed
 */
export function loadOnnx(bytes: Uint8Array, { file, resolution }: LoadOptions): Graph<'float'> {
  const model = decodeModel(bytes, file);
  const program = programOf(model);
  const layout = inputLayout(model);
  const wanted = resolutionOf(layout, resolution, { file, tensor: model.input.name });
  const own = layout.kind === 'map' && layout.height !== null && layout.width !== null;
  const changed = own && wanted !== null && (wanted[0] !== layout.height || wanted[1] !== layout.width);
  const exported = changed
    ? convert(model, program, { layout, resolution: [layout.height!, layout.width!], resized: false, exported: null })
    : null;
  const resized = changed || (!own && resolution !== undefined);
  return convert(model, program, { layout, resolution: wanted, resized, exported: exported?.notes ?? null }).graph;
}

/** The frontend as the registry holds it. */
export const onnx: Frontend = {
  name: 'ONNX',
  extensions: ['.onnx'],
  detect: startsLikeModel,
  load: loadOnnx,
};
