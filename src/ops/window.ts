/** Geometry of a sliding window: shared by convolutions and pooling. Vertical values first, as in [height, width]. */
import { invalidAttribute, windowTooLarge } from '../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../diagnostics/diagnostic.ts';
import { formatShape, type MapShape, type Shape } from '../ir/shape.ts';

/** Rows and columns of zeros around a map, in pixels. */
export interface ExplicitPadding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** `same` is TensorFlow's rule: output = ceil(input / stride), the odd pixel at the bottom and right. */
export type Padding = 'same' | 'valid' | ExplicitPadding;

/** Kernel and stride in pixels. There is no dilation. */
export interface Window {
  readonly kernel: readonly [height: number, width: number];
  readonly stride: readonly [height: number, width: number];
  readonly padding: Padding;
}

const NO_PADDING: ExplicitPadding = { top: 0, bottom: 0, left: 0, right: 0 };

function sameAlong(input: number, kernel: number, stride: number): readonly [before: number, after: number] {
  const total = Math.max((Math.ceil(input / stride) - 1) * stride + kernel - input, 0);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

/** PyTorch's convention for "same" windows: (k − 1) / 2 on every side. */
export function symmetricPadding(kernel: readonly [number, number]): ExplicitPadding {
  const vertical = Math.floor((kernel[0] - 1) / 2);
  const horizontal = Math.floor((kernel[1] - 1) / 2);
  return { top: vertical, bottom: vertical, left: horizontal, right: horizontal };
}

/** Whether two paddings have the same number of pixels on every side. */
export function equalPadding(a: ExplicitPadding, b: ExplicitPadding): boolean {
  return a.top === b.top && a.bottom === b.bottom && a.left === b.left && a.right === b.right;
}

/** The padding of a map that is padded twice. */
export function addPadding(a: ExplicitPadding, b: ExplicitPadding): ExplicitPadding {
  return { top: a.top + b.top, bottom: a.bottom + b.bottom, left: a.left + b.left, right: a.right + b.right };
}

/** The padding in pixels at a given input size. */
export function resolvePadding({ kernel, stride, padding }: Window, input: MapShape): ExplicitPadding {
  if (padding === 'valid') return NO_PADDING;
  if (padding !== 'same') return padding;
  const [top, bottom] = sameAlong(input.height, kernel[0], stride[0]);
  const [left, right] = sameAlong(input.width, kernel[1], stride[1]);
  return { top, bottom, left, right };
}

/**
 * Height and width of a window operator's output: floor((input + padding − kernel) / stride) + 1 on each axis.
 * @throws SnugError `invalidAttribute` for sizes that are not whole or too small; `windowTooLarge` where none fits
 */
export function windowOutput(window: Window, input: MapShape, origin: Origin): { height: number; width: number } {
  const { kernel, stride } = window;
  for (const [name, value] of Object.entries({ kernel, stride })) {
    if (value.some(v => !Number.isInteger(v) || v < 1)) {
      throw new SnugError(
        invalidAttribute({ name, value: value.join('×'), expected: 'whole numbers of at least 1' }, origin),
      );
    }
  }
  const pad = resolvePadding(window, input);
  if (Object.values(pad).some(v => !Number.isInteger(v) || v < 0)) {
    throw new SnugError(
      invalidAttribute(
        { name: 'padding', value: Object.values(pad).join(', '), expected: 'whole numbers of at least 0' },
        origin,
      ),
    );
  }
  const height = Math.floor((input.height + pad.top + pad.bottom - kernel[0]) / stride[0]) + 1;
  const width = Math.floor((input.width + pad.left + pad.right - kernel[1]) / stride[1]) + 1;
  if (height < 1 || width < 1) {
    throw new SnugError(
      windowTooLarge({ kernel: kernel.join('×'), input: formatShape([input.height, input.width]) }, origin),
    );
  }
  return { height, width };
}

/** The part of a window at one output position that lies inside the input, on one axis: kernel taps [begin, end). */
export function validTaps(
  position: number,
  stride: number,
  before: number,
  kernel: number,
  input: number,
): { readonly start: number; readonly begin: number; readonly end: number } {
  const start = position * stride - before;
  return { start, begin: Math.max(0, -start), end: Math.min(kernel, input - start) };
}

/** Output shape [1, h, w, channels] of a window operator. */
export function windowOutputShape(window: Window, input: MapShape, channels: number, origin: Origin): Shape {
  const { height, width } = windowOutput(window, input, origin);
  return [input.batch, height, width, channels];
}
