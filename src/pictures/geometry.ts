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

/** Scale the picture to `resized` (null: leave its pixels alone), then cut the network's size at `left`, `top`. */
export interface Framing {
  readonly resized: Area | null;
  readonly left: number;
  readonly top: number;
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
    return exact ? { resized: null, left: 0, top: 0 } : null;
  }
  const wanted = { height: target.height / cropFraction, width: target.width / cropFraction };
  const scale = Math.max(wanted.height / picture.height, wanted.width / picture.width);
  const resized =
    resize === 'fill'
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
  };
}
