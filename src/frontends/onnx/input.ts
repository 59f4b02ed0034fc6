/** The network's input: which ONNX dimension is what, and the height and width that it gets. */
import { invalidAttribute, resolutionFixed, unsupportedModel } from '../../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../../diagnostics/diagnostic.ts';
import type { Shape } from '../../ir/shape.ts';
import { attributesOf } from './attributes.ts';
import type { OnnxModel } from './decode.ts';
import type { RawNode } from './schema.ts';
import { channelsFirstView, contiguousView, type View } from './view.ts';

/** Height and width of the input in pixels. */
export type Resolution = readonly [height: number, width: number];

/** How the input lies; null stands for a size that the file leaves open. */
export type InputLayout =
  | { readonly kind: 'vector'; readonly length: number }
  | {
      readonly kind: 'map';
      readonly channelsFirst: boolean;
      readonly channels: number;
      readonly height: number | null;
      readonly width: number | null;
    };

/** Nodes that leave the layout as it is; the first one of another kind shows how the network takes its input. */
const TRANSPARENT: ReadonlySet<string> = new Set(['Identity', 'Cast', 'Clip', 'Relu', 'Min', 'Max', 'Dropout', 'Pad']);
const CHANNELS_FIRST_OPERATORS: ReadonlySet<string> = new Set([
  'Conv',
  'BatchNormalization',
  'AveragePool',
  'GlobalAveragePool',
]);
const MAX_PICTURE_CHANNELS = 4;
const TO_CHANNELS_FIRST = '0,3,1,2';

function refuseModel(problem: string, fix: string, origin: Origin): never {
  throw new SnugError(unsupportedModel({ problem, fix }, origin));
}

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
 * @throws SnugError `unsupportedModel` for ranks other than 2 and 4, several pictures at a time and an open channel count
 */
export function inputLayout(model: OnnxModel): InputLayout {
  const { name, dimensions } = model.input;
  const origin = { file: model.file, tensor: name };
  const [batch = null, first = null, second = null, third = null] = dimensions;
  if (dimensions.length !== 2 && dimensions.length !== 4) {
    return refuseModel(
      `the input has rank ${dimensions.length}; snug takes pictures [1, channels, height, width] and vectors [1, n]`,
      'export the model with such an input',
      origin,
    );
  }
  if (batch !== null && batch !== 1) {
    return refuseModel(
      `the input is a batch of ${batch}; snug compiles for one picture at a time`,
      'export the model with a batch of 1 or with a symbolic batch dimension',
      origin,
    );
  }
  if (dimensions.length === 2) {
    if (first !== null) return { kind: 'vector', length: first };
    return refuseModel('the length of the input is not fixed', 'export the model with a fixed length', origin);
  }
  const channelsFirst = isChannelsFirst(model);
  const [channels, height, width] = channelsFirst ? [first, second, third] : [third, first, second];
  if (channels !== null) return { kind: 'map', channelsFirst, channels, height, width };
  return refuseModel('the number of input channels is not fixed', 'export the model with fixed channels', origin);
}

/** The height and width to compile for: those given, else those of the file. Null for a vector. */
export function resolutionOf(layout: InputLayout, given: Resolution | undefined, origin: Origin): Resolution | null {
  if (given?.some(size => !Number.isInteger(size) || size < 1)) {
    throw new SnugError(
      invalidAttribute({ name: 'resolution', value: given.join('×'), expected: 'whole numbers of at least 1' }, origin),
    );
  }
  if (layout.kind === 'vector') {
    if (given === undefined) return null;
    throw new SnugError(resolutionFixed({ problem: 'its input is a vector and no picture' }, origin));
  }
  if (given !== undefined) return given;
  if (layout.height !== null && layout.width !== null) return [layout.height, layout.width];
  return refuseModel(
    'the height and width of the input are not fixed in the file',
    'give them with --resolution, for example --resolution 224',
    origin,
  );
}

/** Shape of snug's input, and how ONNX sees it. */
export function inputShape(layout: InputLayout, resolution: Resolution | null): { shape: Shape; view: View } {
  if (layout.kind === 'vector' || resolution === null) {
    const shape = [1, layout.kind === 'vector' ? layout.length : layout.channels];
    return { shape, view: contiguousView(shape) };
  }
  const shape = [1, ...resolution, layout.channels];
  return { shape, view: layout.channelsFirst ? channelsFirstView(shape) : contiguousView(shape) };
}
