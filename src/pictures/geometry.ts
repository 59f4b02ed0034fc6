/**
 * Where the network's input lies in a picture: the size to scale to, and the crop out of it. Kept apart from the decoder
 * so that the arithmetic can be tested without one.
 */
import type { Preprocess } from './preprocess.ts';

/** Height and width in pixels. */
export interface Area {
  readonly height: number;
  readonly width: number;
}

/** Black pixels on each side of a picture. */
export interface Border {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/**
 * Scale the picture to `resized` (null: leave its pixels alone), then cut the network's size at `left`, `top`, or, where there
 * is a border, put it around the whole.
 */
export interface Framing {
  readonly resized: Area | null;
  readonly left: number;
  readonly top: number;
  readonly border: Border | null;
}

/** The whole picture in the middle of the network's input, scaled as far as it fits. */
function padded(picture: Area, target: Area): Framing {
  const scale = Math.min(target.height / picture.height, target.width / picture.width);
  const side = (own: number, most: number): number => Math.min(most, Math.max(1, Math.round(own * scale)));
  const resized = { height: side(picture.height, target.height), width: side(picture.width, target.width) };
  const same = resized.height === picture.height && resized.width === picture.width;
  const [top, left] = [
    Math.floor((target.height - resized.height) / 2),
    Math.floor((target.width - resized.width) / 2),
  ];
  const border = {
    top,
    bottom: target.height - resized.height - top,
    left,
    right: target.width - resized.width - left,
  };
  const none = resized.height === target.height && resized.width === target.width;
  return { resized: same ? null : resized, left: 0, top: 0, border: none ? null : border };
}

/**
 * The framing of a picture, or null where `resize` is `none` and the picture has another size. A picture whose scaled
 * size is its own is never resampled, so that a test set cut to size beforehand keeps the decoder's pixels.
 */
export function framingOf(
  picture: Area,
  target: Area,
  { resize, cropFraction }: Pick<Preprocess, 'resize' | 'cropFraction'>,
): Framing | null {
  if (resize === 'none') {
    const exact = picture.width === target.width && picture.height === target.height;
    return exact ? { resized: null, left: 0, top: 0, border: null } : null;
  }
  if (resize === 'pad') return padded(picture, target);
  const wanted = { height: target.height / cropFraction, width: target.width / cropFraction };
  const scale = Math.max(wanted.height / picture.height, wanted.width / picture.width);
  const resized =
    resize === 'squash'
      ? { height: Math.round(wanted.height), width: Math.round(wanted.width) }
      : {
          // Rounding must not leave the scaled picture a pixel short of the crop.
          height: Math.max(target.height, Math.round(picture.height * scale)),
          width: Math.max(target.width, Math.round(picture.width * scale)),
        };
  const same = resized.height === picture.height && resized.width === picture.width;
  return {
    resized: same ? null : resized,
    left: Math.floor((resized.width - target.width) / 2),
    top: Math.floor((resized.height - target.height) / 2),
    border: null,
  };
}
