/**
 * From the bytes of a picture to what the network takes: real = (pixel − mean) / std, one mean and std a channel. A
 * byte has 256 values, so both the reals and their int8 are tables. Everything here is pure; disk and decoder are in
 * `decode.ts` and `samples.ts`.
 */
import { configInvalid } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { type Quantization, quantizeValue } from '../ir/quantization.ts';

/** Every setting of the way from a picture's bytes to the network's input. */
export interface Preprocess {
  /** In pixel values 0…255, one for each of the network's channels (in its own order) or one for all. */
  readonly mean: readonly number[];
  /** In pixel values, above 0, one for each channel or one for all. */
  readonly std: readonly number[];
  /** `cover` scales until the input is covered and crops the centre, `fill` stretches, `none` demands the size. */
  readonly resize: 'cover' | 'fill' | 'none';
  /** The part of the resized picture's side that the centre crop keeps, in (0, 1]; 0.875 crops 224 from 256. */
  readonly cropFraction: number;
  /** Order in which the network takes a picture's channels. */
  readonly channelOrder: 'rgb' | 'bgr';
}

/** What a configuration or a command line may say of it. */
export interface PreprocessOptions {
  /** Subtracted from each pixel (0…255): one number for all channels, or one for each. 127.5 unless given. */
  readonly mean?: number | readonly number[];
  /** Divides the difference: one number for all channels, or one for each. 127.5 unless given. */
  readonly std?: number | readonly number[];
  /** `cover` (unless given): scale and crop the centre; `fill`: stretch; `none`: refuse pictures of another size. */
  readonly resize?: 'cover' | 'fill' | 'none';
  /** Part of the resized side that the crop keeps, in (0, 1]. 1 unless given; 0.875 is ImageNet's 224 of 256. */
  readonly cropFraction?: number;
  /** `rgb` unless given. */
  readonly channelOrder?: 'rgb' | 'bgr';
}

/** TensorFlow's convention for MobileNetV2: pixel / 127.5 − 1, so reals in [−1, 1]. */
export const DEFAULT_PREPROCESS: Preprocess = {
  mean: [127.5],
  std: [127.5],
  resize: 'cover',
  cropFraction: 1,
  channelOrder: 'rgb',
};

/** The options with the defaults where they say nothing; a single number becomes a list of one. */
export function preprocessOf(options: PreprocessOptions = {}): Preprocess {
  const { mean = DEFAULT_PREPROCESS.mean, std = DEFAULT_PREPROCESS.std, ...rest } = options;
  return {
    ...DEFAULT_PREPROCESS,
    ...rest,
    mean: typeof mean === 'number' ? [mean] : mean,
    std: typeof std === 'number' ? [std] : std,
  };
}

function perChannel(name: 'mean' | 'std', values: readonly number[], channels: number): readonly number[] {
  if (values.length === channels) return values;
  const [only] = values;
  if (values.length === 1 && only !== undefined) return Array.from({ length: channels }, () => only);
  const given = `preprocess.${name} has ${values.length} values, and the network's input has ${channels} channels`;
  throw new SnugError(configInvalid({ problem: `${given}; give one value, or one for each channel` }));
}

/**
 * For each channel the 256 reals that a byte can become, rounded to float32 as the network's input is.
 * @throws SnugError configInvalid where mean or std has neither one value nor one for each channel
 */
function realTable({ mean, std }: Preprocess, channels: number): Float32Array[] {
  const means = perChannel('mean', mean, channels);
  const stds = perChannel('std', std, channels);
  return means.map((m, c) => Float32Array.from({ length: 256 }, (_, pixel) => (pixel - m) / stds[c]!));
}

/**
 * For each channel the 256 int8 values that a byte becomes: `quantizeValue` of its real.
 * @throws SnugError configInvalid where mean or std has neither one value nor one for each channel
 */
export function pixelTable(preprocess: Preprocess, channels: number, quantization: Quantization): Int8Array[] {
  return realTable(preprocess, channels).map(table =>
    Int8Array.from(table, (real: number) => quantizeValue(real, quantization)),
  );
}

/**
 * The network's real input of a picture.
 * @param pixels bytes in H×W×C, channels in the network's order
 * @throws SnugError configInvalid where mean or std has neither one value nor one for each channel
 */
export function toReal(pixels: Uint8Array, preprocess: Preprocess, channels: number): Float32Array {
  const tables = realTable(preprocess, channels);
  return Float32Array.from(pixels, (pixel, i) => tables[i % channels]![pixel]!);
}

/**
 * The network's int8 input of a picture.
 * @param pixels bytes in H×W×C, channels in the network's order
 * @param tables of `pixelTable`, one for each channel
 */
export function toInt8(pixels: Uint8Array, tables: readonly Int8Array[]): Int8Array {
  return Int8Array.from(pixels, (pixel, i) => tables[i % tables.length]![pixel]!);
}
