/** The network's input as a file declares it, and the height and width that it gets. */
import { invalidAttribute, resolutionFixed, unsupportedModel } from '../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../diagnostics/diagnostic.ts';
import type { Shape } from '../ir/shape.ts';

/** Height and width of the input in pixels. */
export type Resolution = readonly [height: number, width: number];

/** How the input lies; null stands for a size that the file leaves open. */
export type InputLayout =
  | { readonly kind: 'vector'; readonly length: number }
  | {
      readonly kind: 'map';
      /** Whether the file has [1, channels, height, width]; snug's own inputs are channels-last. */
      readonly channelsFirst: boolean;
      readonly channels: number;
      readonly height: number | null;
      readonly width: number | null;
    };

/** Throws `unsupportedModel` for the network as a whole. */
export function refuseModel(problem: string, fix: string, origin: Origin): never {
  throw new SnugError(unsupportedModel({ problem, fix }, origin));
}

/**
 * The layout of an input of these sizes, batch first; null is an open one.
 * @throws SnugError `unsupportedModel` for ranks other than 2 and 4, several pictures at a time and an open channel count
 */
export function layoutOf(sizes: readonly (number | null)[], channelsFirst: boolean, origin: Origin): InputLayout {
  if (sizes.length !== 2 && sizes.length !== 4) {
    const picture = channelsFirst ? '[1, channels, height, width]' : '[1, height, width, channels]';
    return refuseModel(
      `the input has rank ${sizes.length}; snug takes pictures ${picture} and vectors [1, n]`,
      'export the model with such an input',
      origin,
    );
  }
  const [batch = null, first = null, second = null, third = null] = sizes;
  if (batch !== null && batch !== 1) {
    return refuseModel(
      `the input is a batch of ${batch}; snug compiles for one picture at a time`,
      'export the model with a batch of 1 or with an open batch dimension',
      origin,
    );
  }
  if (sizes.length === 2) {
    if (first !== null) return { kind: 'vector', length: first };
    return refuseModel('the length of the input is not fixed', 'export the model with a fixed length', origin);
  }
  const [channels, height, width] = channelsFirst ? [first, second, third] : [third, first, second];
  if (channels !== null) return { kind: 'map', channelsFirst, channels, height, width };
  return refuseModel('the number of input channels is not fixed', 'export the model with fixed channels', origin);
}

/**
 * The height and width to compile for: those given, else those of the file. Null for a vector.
 * @throws SnugError `resolutionFixed` for a vector that is given some; `unsupportedModel` where neither says them
 */
export function resolutionOf(layout: InputLayout, given: Resolution | undefined, origin: Origin): Resolution | null {
  if (given?.some(size => !Number.isInteger(size) || size < 1)) {
    const expected = 'whole numbers of at least 1';
    throw new SnugError(invalidAttribute({ name: 'resolution', value: given.join('×'), expected }, origin));
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

/** Shape of snug's input, channels last. */
export function inputShape(layout: InputLayout, resolution: Resolution | null): Shape {
  return layout.kind === 'vector' ? [1, layout.length] : [1, ...(resolution ?? []), layout.channels];
}

/** Whether the user has to say the resolution. */
export function isOpen(layout: InputLayout): boolean {
  return layout.kind === 'map' && (layout.height === null || layout.width === null);
}

/** The resolution of the file where it states one and another is wanted; null otherwise. */
export function changedResolution(layout: InputLayout, wanted: Resolution | null): Resolution | null {
  if (layout.kind === 'vector' || layout.height === null || layout.width === null || wanted === null) return null;
  const same = layout.height === wanted[0] && layout.width === wanted[1];
  return same ? null : [layout.height, layout.width];
}
