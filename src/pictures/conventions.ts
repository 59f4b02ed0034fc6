/**
 * The ways in which networks are usually given pictures, and which of them the trainers of a library's weights used. A
 * network that is given its pictures in another way computes without complaint, and is wrong.
 */
import type { Range } from '../numerics/statistics.ts';
import { type Preprocess, pixelRange, preprocessOf } from './preprocess.ts';

/** What makes numbers of pixels, in one usual way. */
export interface Convention {
  /** For sentences: what the numbers are, and who does it so. */
  readonly title: string;
  /** In pixel values 0…255, one number or one for each channel in the network's order. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly channelOrder: 'rgb' | 'bgr' | null;
}

/** keras.applications `mode='tf'`, and TensorFlow's models of MobileNet. */
const SYMMETRIC: Convention = {
  title: '−1 to 1, as keras.applications',
  mean: [127.5],
  std: [127.5],
  channelOrder: null,
};
/** torchvision.transforms.ToTensor. */
const UNIT: Convention = { title: '0 to 1, as ToTensor', mean: [0], std: [255], channelOrder: null };
const RAW: Convention = { title: '0 to 255, pixels as they are', mean: [0], std: [1], channelOrder: null };
/** TensorFlow Lite Micro's examples with int8 pixels. */
const SIGNED: Convention = { title: '−128 to 127, as int8 pixels', mean: [128], std: [1], channelOrder: null };
/** torchvision and timm (`IMAGENET_DEFAULT_MEAN`, `IMAGENET_DEFAULT_STD`) state 0.485, 0.456, 0.406 and 0.229, 0.224, 0.225 of 255. */
const IMAGENET: Convention = {
  title: "ImageNet's mean and deviation, as torchvision and timm",
  mean: [123.675, 116.28, 103.53],
  std: [58.395, 57.12, 57.375],
  channelOrder: null,
};
/** keras.applications `mode='caffe'`. */
const CAFFE: Convention = {
  title: "ImageNet's mean in BGR, as Caffe",
  mean: [103.939, 116.779, 123.68],
  std: [1],
  channelOrder: 'bgr',
};

/** All of them, the more usual ones first. */
const CONVENTIONS: readonly Convention[] = [SYMMETRIC, UNIT, IMAGENET, RAW, SIGNED, CAFFE];

/** Those that a network of so many channels can have been trained with. */
export function conventionsFor(channels: number): readonly Convention[] {
  return CONVENTIONS.filter(({ mean }) => mean.length === 1 || mean.length === channels);
}

/** How the weights of a library are trained, by its name in `frontends/weights/schemes/`. */
const OF_LIBRARY: ReadonlyMap<string, Convention> = new Map([
  ['torchvision', IMAGENET],
  ['timm', IMAGENET],
  ['GluonCV', IMAGENET],
  ['keras.applications', SYMMETRIC],
]);

/** The convention of a library's weights; null for a library that has none, and where the channels are others. */
export function conventionOf(library: string, channels: number): Convention | null {
  const found = OF_LIBRARY.get(library) ?? null;
  return found !== null && conventionsFor(channels).includes(found) ? found : null;
}

/** The preprocessing with the numbers and channel order of a convention. */
export function withConvention(preprocess: Preprocess, { mean, std, channelOrder }: Convention): Preprocess {
  return { ...preprocess, mean, std, channelOrder: channelOrder ?? preprocess.channelOrder };
}

/** Part of a range's width by which the ends of another may lie elsewhere: pictures seldom use all of theirs. */
export const RANGE_TOLERANCE = 0.1;

/** By how much of the wider one the ends of two ranges are apart, at most. */
export function rangeDistance(a: Range, b: Range): number {
  const apart = Math.max(Math.abs(a.min - b.min), Math.abs(a.max - b.max));
  return apart / Math.max(a.max - a.min, b.max - b.min);
}

/** The convention whose numbers have such a range; null where none has within a tenth. */
export function conventionForRange(range: Range, channels: number): Convention | null {
  const distances = conventionsFor(channels).map(convention => ({
    convention,
    distance: rangeDistance(pixelRange(withConvention(preprocessOf(), convention), channels), range),
  }));
  const nearest = distances.reduce((best, next) => (next.distance < best.distance ? next : best));
  return nearest.distance <= RANGE_TOLERANCE ? nearest.convention : null;
}

/** Widest range of numbers that layers are trained on: ten times the standard deviation to either side would be 20. */
const WIDEST = 40;

/**
 * What a network that scales its input itself is given: pixels as they are, or divided by 255. The scaling tells: what it makes
 * 0 is a usual input, so that one above 1 is a pixel; where it subtracts nothing, pixels must not become hundreds.
 * @param scale what the network multiplies with, one factor a channel
 * @param offset what it adds then
 */
export function conventionBefore(scale: readonly number[], offset: readonly number[]): Convention {
  const zeros = scale.map((factor, c) => (factor === 0 ? 0 : Math.abs(offset[c]! / factor)));
  if (zeros.some(value => value > 1)) return RAW;
  return 255 * Math.max(...scale.map(Math.abs)) <= WIDEST ? RAW : UNIT;
}
