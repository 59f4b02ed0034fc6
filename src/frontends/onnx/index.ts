/** The ONNX frontend: networks of one input and one output, channels first or last, float or quantized. */

import type { Frontend, LoadedNetwork, LoadOptions } from '../frontend.ts';
import { changedResolution, isOpen, resolutionOf } from '../input-layout.ts';
import { schemeOf } from '../weights/schemes/index.ts';
import { convert } from './convert.ts';
import { decodeModel, type OnnxModel } from './decode.ts';
import { startsLikeModel } from './detect.ts';
import { externalFiles, withExternalData } from './external.ts';
import { inputLayout } from './input.ts';
import { programOf } from './order.ts';

/**
 * Names of weights as the framework that exported the network has them. Where an exporter folded BatchNorm, constants have
 * names of its own, and the names of nodes are paths of modules: `/features/features.0/features.0.0/Conv`.
 */
function weightNames({ initializers, nodes }: OnnxModel): readonly string[] {
  const modules = nodes.map(({ name }) => name.split('/').at(-2) ?? '');
  return [...initializers.keys(), ...modules.map(module => `${module}.weight`)];
}

/**
 * Loads an ONNX model as a graph whose maps are channels-last; the batch is 1. A model that is quantized statically, with
 * QuantizeLinear and DequantizeLinear or with QLinear operators, gives a quantized graph (`quantized/build.ts`).
 *
 * With `resolution`, a network is converted at the size in the file first and then at the one given: explicit pads that
 * stood for TensorFlow's "same", and average pools over the whole map, follow the new size (`window-notes.ts`). A Reshape
 * or Gemm that needs the old size is refused with `resolutionFixed`.
 * @throws SnugError with the file and the node or tensor for anything that cannot be read or expressed
 */
export function loadOnnx(bytes: Uint8Array, { file, resolution, companions }: LoadOptions): LoadedNetwork {
  const model = withExternalData(decodeModel(bytes, file), companions ?? new Map());
  const program = programOf(model);
  const layout = inputLayout(model);
  const wanted = resolutionOf(layout, resolution, { file, tensor: model.input.name });
  const own = changedResolution(layout, wanted);
  const exported = own && convert(model, program, { layout, resolution: own, resized: false, exported: null });
  const resized = own !== null || isOpen(layout);
  const options = { layout, resolution: wanted, resized, exported: exported?.windows ?? null };
  const { graph, scaling, notes } = convert(model, program, options);
  return { graph, notes, scaling, library: schemeOf(weightNames(model))?.scheme.name ?? null };
}

/** The frontend as the registry holds it. */
export const onnx: Frontend = {
  name: 'ONNX',
  extensions: ['.onnx'],
  detect: startsLikeModel,
  companions: externalFiles,
  load: loadOnnx,
};
