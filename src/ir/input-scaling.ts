/**
 * What a network does with its input before its first layer, taken out of it. A pixel has 256 values, so that such layers
 * are a part of the table from pixels to input and cost nothing.
 */
import type { Quantization } from './quantization.ts';

/** Whether an input of so many channels can be a picture: grey or of three colours. Others have no table of pixels. */
export function isPicture(channels: number): boolean {
  return channels === 1 || channels === 3;
}

/** Scaling as a float network does it: y = scale[c] · x + offset[c] for channel c. */
export interface AffineScaling {
  readonly kind: 'affine';
  /** One for each channel. */
  readonly scale: readonly number[];
  /** One for each channel. */
  readonly offset: readonly number[];
}

/** Scaling as a quantized network does it, in integers: every int8 value of its input becomes another one. */
export interface IntegerScaling {
  readonly kind: 'integers';
  /** Quantization of the input in the file. */
  readonly input: Quantization;
  /** Quantization of what the first layer reads. */
  readonly output: Quantization;
  /** For each channel 256 int8 values: that of the input value q at place q + 128. */
  readonly tables: readonly (readonly number[])[];
}

/** Scaling inside of a network, which preprocessing does in its place. */
export type InputScaling = AffineScaling | IntegerScaling;
