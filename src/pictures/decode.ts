/**
 * Picture files to bytes, through sharp (libvips). What is not needed is not done: a picture of the right size goes
 * through the decoder alone, so that its bytes are those that any other program gets from libvips.
 */
import { imageUnreadable, sampleWrongShape } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { type Area, framingOf } from './geometry.ts';
import { excessOf, MOST_PIXELS } from './limits.ts';
import type { Preprocess } from './preprocess.ts';

/** The network's input: pixels and channels. */
export interface InputSize extends Area {
  readonly channels: number;
}

/** Reverses the three channels of every pixel in place; the network's first channel is then blue. */
function swapRedAndBlue(pixels: Uint8Array): void {
  for (let i = 0; i < pixels.length; i += 3) {
    const red = pixels[i]!;
    pixels[i] = pixels[i + 2]!;
    pixels[i + 2] = red;
  }
}

function sizeText({ height, width }: Area): string {
  return `${height}×${width}`;
}

/** libvips writes one line for each stage that failed; the first names the cause. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n')[0] ?? message;
}

/**
 * Decodes a picture to the network's size: EXIF orientation applied, transparency laid over black, sRGB for 3 channels
 * and luminance for 1, the first frame of an animation.
 * @returns bytes in H×W×C, channels in the network's order
 * @throws SnugError imageUnreadable for files that do not decode, or would take too much memory; sampleWrongShape where `resize` is `none` and the
 * size differs, or where the network takes neither 1 nor 3 channels
 */
export async function decodePicture(path: string, size: InputSize, preprocess: Preprocess): Promise<Uint8Array> {
  const { height, width, channels } = size;
  const expected = `${sizeText(size)}×${channels}`;
  if (channels !== 1 && channels !== 3) {
    throw new SnugError(sampleWrongShape({ path, actual: 'a picture of 1 or 3 channels', expected }, { file: path }));
  }
  // sharp loads a native library; commands that touch no picture do not pay for it.
  const { default: sharp } = await import('sharp');
  try {
    // Reads the header alone, so that a limit is nothing that it needs.
    const header = await sharp(path, { limitInputPixels: false }).metadata();
    const { autoOrient: upright } = header;
    const framing = framingOf(upright, size, preprocess);
    if (framing === null) {
      throw new SnugError(sampleWrongShape({ path, actual: sizeText(upright), expected }, { file: path }));
    }
    const { resized, left, top, border } = framing;
    const excess = excessOf(header, upright, resized);
    if (excess !== null) throw new Error(excess);
    let pipeline = sharp(path, { limitInputPixels: MOST_PIXELS, sequentialRead: true }).autoOrient().flatten();
    if (resized !== null) pipeline = pipeline.resize({ ...resized, fit: 'fill' });
    const cropped = (resized ?? upright).height !== height || (resized ?? upright).width !== width;
    if (border !== null) pipeline = pipeline.extend({ ...border, background: 'black' });
    else if (cropped) pipeline = pipeline.extract({ left, top, width, height });
    const buffer = await pipeline
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw()
      .toBuffer();
    const pixels = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    if (pixels.length !== height * width * channels) throw new Error(`the decoder gave ${pixels.length} bytes`);
    if (channels === 3 && preprocess.channelOrder === 'bgr') swapRedAndBlue(pixels);
    return pixels;
  } catch (error) {
    if (error instanceof SnugError) throw error;
    throw new SnugError(imageUnreadable({ path, reason: reasonOf(error) }, { file: path }));
  }
}
