/**
 * From the bytes of a picture to what the network takes: real = (pixel − mean) / std, one mean and std a channel, and then
 * whatever scaling was taken out of the network. A byte has 256 values, so both the reals and their int8 are tables.
 * Everything here is pure; disk and decoder are in `decode.ts` and `samples.ts`.
 */
import { configInvalid } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import type { InputScaling } from '../ir/input-scaling.ts';
import { INT8_MAX, INT8_MIN, type Quantization, quantizeArray } from '../ir/quantization.ts';
import { clamp } from '../numerics/fixed-point.ts';
import type { Range } from '../numerics/statistics.ts';

/** How a picture of another size reaches that of the network. */
export const RESIZE_MODES = ['crop', 'squash', 'pad', 'none'] as const;
export type ResizeMode = (typeof RESIZE_MODES)[number];

/** Every setting of the way from a picture's bytes to the network's input. */
export interface Preprocess {
  /** In pixel values 0…255, one for each of the network's channels (in its own order) or one for all. */
  readonly mean: readonly number[];
  /** In pixel values, above 0, one for each channel or one for all. */
  readonly std: readonly number[];
  /**
   * `crop` scales until the input is covered and crops the centre, `squash` stretches, `pad` scales until the picture lies
   * inside of the input and leaves the rest black, `none` demands the size.
   */
  readonly resize: ResizeMode;
  /** The part of the resized picture's side that the centre crop keeps, in (0, 1]; 0.875 crops 224 from 256. */
  readonly cropFraction: number;
  /** Order in which the network takes a picture's channels. */
  readonly channelOrder: 'rgb' | 'bgr';
  /** What the network did itself with (pixel − mean) / std, and does no more; null where that is nothing. */
  readonly inside: InputScaling | null;
}

/** What a configuration or a command line may say of it. */
export interface PreprocessOptions {
  /** Subtracted from each pixel (0…255): one number for all channels, or one for each. */
  readonly mean?: number | readonly number[];
  /** Divides the difference: one number for all channels, or one for each. */
  readonly std?: number | readonly number[];
  /**
   * `crop` (unless given): scale and crop the centre; `squash`: stretch; `pad`: scale, and black around it; `none`: refuse
   * pictures of another size.
   */
  readonly resize?: ResizeMode;
  /** Part of the resized side that the crop keeps, in (0, 1]. 1 unless given; 0.875 is ImageNet's 224 of 256. */
  readonly cropFraction?: number;
  /** `rgb` unless given. */
  readonly channelOrder?: 'rgb' | 'bgr';
}

/** TensorFlow's convention for MobileNetV2: pixel / 127.5 − 1, so reals in [−1, 1]. */
export const DEFAULT_PREPROCESS: Preprocess = {
  mean: [127.5],
  std: [127.5],
  resize: 'crop',
  cropFraction: 1,
  channelOrder: 'rgb',
  inside: null,
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

/** (pixel − mean) / std of the pixels 0 to 255 for each channel, in float64. */
function scaledPixels({ mean, std }: Pick<Preprocess, 'mean' | 'std'>, channels: number): Float64Array[] {
  const means = perChannel('mean', mean, channels);
  const stds = perChannel('std', std, channels);
  return means.map((m, c) => Float64Array.from({ length: 256 }, (_, pixel) => (pixel - m) / stds[c]!));
}

/** The affine scaling that was taken out of the network, done to numbers of one channel. */
function scaledInside(values: Float64Array, inside: InputScaling | null, channel: number): Float64Array {
  if (inside?.kind !== 'affine') return values;
  return values.map(value => inside.scale[channel]! * value + inside.offset[channel]!);
}

/**
 * For each channel the 256 reals that a byte can become, rounded to float32 as the network's input is.
 * @throws SnugError configInvalid where mean or std has neither one value nor one for each channel
 */
function realTable(preprocess: Preprocess, channels: number): Float32Array[] {
  const { inside } = preprocess;
  if (inside?.kind === 'integers') {
    const { scale, zeroPoint } = inside.output;
    return pixelTable(preprocess, channels, inside.output).map(table =>
      Float32Array.from(table, q => scale * (q - zeroPoint)),
    );
  }
  return scaledPixels(preprocess, channels).map((values, c) => Float32Array.from(scaledInside(values, inside, c)));
}

/**
 * Part of a quotient that a scale in float32 may be off by: two roundings of 2⁻²⁴ each, and as much again for one that was
 * computed in float32. A quotient that is a tie up to this is a tie.
 */
const SCALE_ERROR = 2 ** -22;

/**
 * q = clamp(floor(real / scale + 1/2) + zeroPoint, −128, 127): ties go up. With a mean and standard deviation of 127.5 every
 * pixel is a tie, and going up gives pixel − 128. Files state their scale in float32, so that 1/127.5 is a little off:
 * the quotient decides in float64, and what that rounding alone keeps from being a tie counts as one.
 */
function quantizePixel(real: number, { scale, zeroPoint }: Quantization): number {
  const quotient = real / scale;
  return clamp(Math.floor(quotient + 0.5 + Math.abs(quotient) * SCALE_ERROR) + zeroPoint, INT8_MIN, INT8_MAX);
}

/**
 * For each channel the 256 int8 values that a byte becomes, the scaling that was taken out of the network included.
 * @param quantization of what the network's first layer reads
 * @throws SnugError configInvalid where mean or std has neither one value nor one for each channel
 */
export function pixelTable(preprocess: Preprocess, channels: number, quantization: Quantization): Int8Array[] {
  const { inside } = preprocess;
  const read = inside?.kind === 'integers' ? inside.input : quantization;
  return scaledPixels(preprocess, channels).map((values, c) => {
    const integers = Int8Array.from(scaledInside(values, inside, c), real => quantizePixel(real, read));
    return inside?.kind === 'integers' ? integers.map(q => inside.tables[c]![q - INT8_MIN]!) : integers;
  });
}

/** The least and the greatest number that pixels become, over all channels. */
export function pixelRange(preprocess: Preprocess, channels: number): Range {
  // Where all channels are alike, one stands for them: a vector may have thousands.
  const alike = preprocess.inside === null && preprocess.mean.length === 1 && preprocess.std.length === 1;
  let [min, max] = [Infinity, -Infinity];
  for (const table of realTable(preprocess, alike ? 1 : channels)) {
    for (const value of table) {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
  }
  return { min, max };
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

/** The network's real input of an array that holds what the file's network takes, H×W×C. */
export function arrayToReal(values: Float32Array, { inside }: Preprocess, channels: number): Float32Array {
  if (inside === null) return values;
  if (inside.kind === 'affine')
    return values.map((value, i) => inside.scale[i % channels]! * value + inside.offset[i % channels]!);
  const { scale, zeroPoint } = inside.output;
  return Float32Array.from(arrayToInt8(values, inside, inside.output, channels), q => scale * (q - zeroPoint));
}

/** The network's int8 input of such an array. */
export function arrayToInt8(
  values: Float32Array,
  inside: InputScaling | null,
  quantization: Quantization,
  channels: number,
): Int8Array {
  if (inside?.kind !== 'integers') {
    const real = inside === null ? values : arrayToReal(values, { ...DEFAULT_PREPROCESS, inside }, channels);
    return quantizeArray(real, quantization);
  }
  return quantizeArray(values, inside.input).map((q, i) => inside.tables[i % channels]![q - INT8_MIN]!);
}
