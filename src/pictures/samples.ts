/**
 * One sample at a time from disk: a picture as the bytes that the decoder gives, a raw array as its reals. A sample keeps
 * its bytes because the int8 input follows from them by table, exactly as on the device.
 */
import { checkRegular, readRegular } from '../disk/regular.ts';
import type { Quantization } from '../ir/quantization.ts';
import { decodePicture, type InputSize } from './decode.ts';
import { isRawArray } from './folder.ts';
import { arrayToInt8, arrayToReal, type Preprocess, pixelTable, toInt8, toReal } from './preprocess.ts';
import { parseRawArray } from './raw-array.ts';

/** One input of the network, H×W×C with channels in the network's order: bytes of a picture, or reals. */
export type Sample =
  | { readonly path: string; readonly kind: 'pixels'; readonly pixels: Uint8Array }
  | { readonly path: string; readonly kind: 'real'; readonly values: Float32Array };

/**
 * Reads one picture or raw array.
 * @throws SnugError imageUnreadable, fileUnreadable, lfsPointer, arrayUnreadable, sampleWrongShape or sampleNotFinite, with the file
 */
export async function loadSample(path: string, size: InputSize, preprocess: Preprocess): Promise<Sample> {
  if (isRawArray(path))
    return { path, kind: 'real', values: parseRawArray(path, await readRegular(path, 'array'), size) };
  await checkRegular(path, 'picture');
  return { path, kind: 'pixels', pixels: await decodePicture(path, size, preprocess) };
}

/**
 * The samples in the order of their paths, one in memory at a time.
 * @throws SnugError of the first one that cannot be read, as `loadSample`
 */
export async function* loadSamples(
  paths: readonly string[],
  size: InputSize,
  preprocess: Preprocess,
): AsyncGenerator<Sample, void, undefined> {
  for (const path of paths) yield await loadSample(path, size, preprocess);
}

/** The network's real input of a sample. */
export function realOf(sample: Sample, preprocess: Preprocess, channels: number): Float32Array {
  return sample.kind === 'real'
    ? arrayToReal(sample.values, preprocess, channels)
    : toReal(sample.pixels, preprocess, channels);
}

/** How samples become the int8 input of one network. */
export interface InputCoding {
  readonly quantization: Quantization;
  /** Of `pixelTable`, one for each channel. */
  readonly tables: readonly Int8Array[];
  readonly inside: Preprocess['inside'];
}

/** @param quantization of what the network's first layer reads */
export function inputCoding(preprocess: Preprocess, channels: number, quantization: Quantization): InputCoding {
  return { quantization, tables: pixelTable(preprocess, channels, quantization), inside: preprocess.inside };
}

/** The network's int8 input of a sample. */
export function int8Of(sample: Sample, { quantization, tables, inside }: InputCoding): Int8Array {
  return sample.kind === 'real'
    ? arrayToInt8(sample.values, inside, quantization, tables.length)
    : toInt8(sample.pixels, tables);
}

/**
 * At most `count` of the paths, evenly spread over the list: a sorted list has its classes side by side, and its first
 * entries would show one of them. Always the same choice.
 */
export function pickSamples<T>(paths: readonly T[], count: number): readonly T[] {
  if (count >= paths.length) return paths;
  return Array.from({ length: count }, (_, i) => paths[Math.floor((i * paths.length) / count)]!);
}
