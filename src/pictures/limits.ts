/**
 * What a picture may cost, known from its header: a file of a kilobyte can state sides that take gigabytes to decode.
 */
import type { Metadata } from 'sharp';
import type { Area } from './geometry.ts';

/** Of a JPEG, by its format; other formats allow more. */
const MOST_SIDE = 65_535;

/** As many as sharp takes, which is 16,384 a side. */
export const MOST_PIXELS: number = 2 ** 28;

/** What decoding one picture may take. */
const MOST_DECODED_BYTES = 2 ** 30;

/** Formats as sharp calls them; `heif` is AVIF. Others that it knows, as SVG and PDF, are programs rather than pictures. */
const FORMATS: readonly string[] = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif'];

/** What sharp says of a picture before it decodes it. */
type Header = Pick<Metadata, 'format' | 'isProgressive'>;

/** Bytes a pixel where a format is decoded as a whole, measured with libvips 8.18; 0 where a few lines are enough. */
function bytesOfPixel({ format, isProgressive }: Header): number {
  if (format === 'heif') return 18;
  if (format === 'gif') return 5;
  return isProgressive === true ? 8 : 0;
}

const sizeOf = ({ height, width }: Area): string => `${height}×${width}`;

/**
 * Why a picture is not decoded; null where it may be.
 * @param area of the picture
 * @param resized what it is scaled to before it is cropped; null where it stays
 */
export function excessOf(header: Header, area: Area, resized: Area | null): string | null {
  if (!FORMATS.includes(header.format)) return `its content is of the format ${header.format}`;
  const { height, width } = area;
  if (Math.max(height, width) > MOST_SIDE) return `it is ${sizeOf(area)}, and a side may have ${MOST_SIDE} pixels`;
  const pixels = height * width;
  if (pixels > MOST_PIXELS) return `it is ${sizeOf(area)}, and it may have ${MOST_PIXELS} pixels in all`;
  const most = MOST_DECODED_BYTES / bytesOfPixel(header);
  if (pixels > most)
    return `it is ${sizeOf(area)}, and a ${header.format} of this kind may have ${Math.floor(most)} pixels`;
  if (resized !== null && resized.height * resized.width > MOST_PIXELS) {
    return `it is ${sizeOf(area)}, and would have to be scaled to ${sizeOf(resized)} before it is cropped`;
  }
  return null;
}
