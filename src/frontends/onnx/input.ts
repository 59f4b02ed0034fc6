/** The network's input: which ONNX dimension is what. */
import type { Shape } from '../../ir/shape.ts';
import { type InputLayout, layoutOf } from '../input-layout.ts';
import { attributesOf } from './attributes.ts';
import type { OnnxModel } from './decode.ts';
import type { RawNode } from './schema.ts';
import { channelsFirstView, contiguousView, type View } from './view.ts';

/** Nodes that leave the layout as it is; the first one of another kind shows how the network takes its input. */
const TRANSPARENT: ReadonlySet<string> = new Set([
  'Identity',
  'Cast',
  'Clip',
  'Relu',
  'Min',
  'Max',
  'Dropout',
  'Pad',
  'Add',
  'Sub',
  'Mul',
  'Div',
  'QuantizeLinear',
  'DequantizeLinear',
]);
const CHANNELS_FIRST_OPERATORS: ReadonlySet<string> = new Set([
  'Conv',
  'BatchNormalization',
  'AveragePool',
  'GlobalAveragePool',
  'QLinearConv',
  'QLinearAveragePool',
  'QLinearGlobalAveragePool',
]);
const MAX_PICTURE_CHANNELS = 4;
const TO_CHANNELS_FIRST = '0,3,1,2';

function firstReader(model: OnnxModel): RawNode | null {
  let name = model.input.name;
  for (const node of model.nodes) {
    if (!node.input.includes(name)) continue;
    if (!TRANSPARENT.has(node.opType)) return node;
    name = node.output[0] ?? name;
  }
  return null;
}

/**
 * Whether [n, a, b, c] are channels, height, width. A Transpose at the start says that they are not; without one, and
 * without an operator that is defined for channels-first maps only, a last dimension of 1 or 3 says so too.
 */
function isChannelsFirst(model: OnnxModel): boolean {
  const reader = firstReader(model);
  if (reader?.opType === 'Transpose') {
    return attributesOf(reader, { file: model.file }).ints('perm')?.join(',') !== TO_CHANNELS_FIRST;
  }
  if (CHANNELS_FIRST_OPERATORS.has(reader?.opType ?? '')) return true;
  const [, first = null, , last = null] = model.input.dimensions;
  return !((last === 1 || last === 3) && (first === null || first > MAX_PICTURE_CHANNELS));
}

/**
 * Reads the input's declaration.
 * @throws SnugError as `layoutOf` does
 */
export function inputLayout(model: OnnxModel): InputLayout {
  const { name, dimensions } = model.input;
  return layoutOf(dimensions, dimensions.length === 4 && isChannelsFirst(model), { file: model.file, tensor: name });
}

/** How ONNX sees snug's input. */
export function inputView(layout: InputLayout, shape: Shape): View {
  return layout.kind === 'map' && layout.channelsFirst ? channelsFirstView(shape) : contiguousView(shape);
}
