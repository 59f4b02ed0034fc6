/**
 * Which preprocessing is in use, and who says so: a flag, the configuration, the model itself, the library that its weights
 * are named after, or nobody. A wrong one gives wrong classes and no error, so that it is always told.
 */
import type { InputScaling } from '../ir/input-scaling.ts';
import { INT8_MAX, INT8_MIN, type Quantization } from '../ir/quantization.ts';
import type { Range } from '../numerics/statistics.ts';
import {
  type Convention,
  conventionBefore,
  conventionForRange,
  conventionOf,
  RANGE_TOLERANCE,
  rangeDistance,
  withConvention,
} from './conventions.ts';
import type { Area } from './geometry.ts';
import { type Preprocess, type PreprocessOptions, pixelRange, preprocessOf } from './preprocess.ts';

/** Who says it; `weights` are the names of the weights. */
export const PREPROCESS_SOURCES = ['flag', 'configuration', 'model', 'weights', 'default'] as const;
export type PreprocessSource = (typeof PREPROCESS_SOURCES)[number];

/** For each part of preprocessing who says it. */
export interface PreprocessSources {
  /** Of mean and std. */
  readonly values: PreprocessSource;
  readonly resize: PreprocessSource;
  readonly channelOrder: PreprocessSource;
}

/** Preprocessing as it is used, recorded in manifests. */
export interface ChosenPreprocess extends Preprocess {
  readonly from: PreprocessSources;
}

/** What was said of it, and who said that. */
export interface GivenPreprocess {
  readonly options: PreprocessOptions;
  /** Where nothing was said, no source. */
  readonly from: Partial<PreprocessSources>;
}

/** What is known of a network's input. */
export interface InputFacts {
  readonly channels: number;
  /** What was taken out of the network. */
  readonly scaling: InputScaling | null;
  /** Of the input of a network that came quantized; null for a float one. */
  readonly quantization: Quantization | null;
  /** The library whose names its weights have. */
  readonly library: string | null;
}

/** The choice, and what the user should know of it besides. */
export interface PreprocessChoice {
  readonly preprocess: ChosenPreprocess;
  /** Why the numbers of pixels are these, for people; empty where somebody gave them. */
  readonly reason: string;
  readonly notes: readonly string[];
}

/** The reals that int8 stands for. */
function quantizedRange({ scale, zeroPoint }: Quantization): Range {
  return { min: scale * (INT8_MIN - zeroPoint), max: scale * (INT8_MAX - zeroPoint) };
}

interface Found {
  readonly convention: Convention;
  readonly source: PreprocessSource;
  readonly reason: string;
}

function conventionFor({ channels, scaling, quantization, library }: InputFacts): Found | null {
  if (scaling?.kind === 'affine') {
    const convention = conventionBefore(scaling.scale, scaling.offset);
    return { convention, source: 'model', reason: 'it scales its input itself' };
  }
  const read = scaling?.kind === 'integers' ? scaling.input : quantization;
  if (read !== null) {
    const convention = conventionForRange(quantizedRange(read), channels);
    if (convention !== null) return { convention, source: 'model', reason: 'its input is quantized so' };
    return null;
  }
  const convention = library === null ? null : conventionOf(library, channels);
  return convention === null ? null : { convention, source: 'weights', reason: `as in ${library}` };
}

const round = (value: number): number => Number(value.toPrecision(3));

/** A range for people. */
export function rangeText({ min, max }: Range): string {
  const text = (value: number): string => String(round(value) + 0).replace('-', '−');
  return `${text(min)} to ${text(max)}`;
}

/**
 * What to tell of a model file whose input is quantized for other numbers than preprocessing gives: what lies beyond its
 * range is clipped, and of a much wider range pixels would use little. Null where the two agree within a tenth.
 * @param pixels what preprocessing makes of pixels 0 to 255
 */
export function rangeNote(pixels: Range, quantization: Quantization, channels: number): string | null {
  const taken = quantizedRange(quantization);
  if (rangeDistance(pixels, taken) <= RANGE_TOLERANCE) return null;
  const std = 255 / (taken.max - taken.min);
  const fitting = conventionForRange(taken, channels) ?? { mean: [round(-taken.min * std + 0)], std: [round(std)] };
  return `pixels become ${rangeText(pixels)}, and the input of the model file is quantized for ${rangeText(taken)}: the network was probably trained with other preprocessing; --mean ${fitting.mean.join()} --std ${fitting.std.join()} would give that range`;
}

/** @throws SnugError configInvalid where mean or std has neither one value nor one for each channel */
export function choosePreprocess({ options, from }: GivenPreprocess, facts: InputFacts): PreprocessChoice {
  const { channels, scaling, quantization } = facts;
  const given: Preprocess = { ...preprocessOf(options), inside: scaling };
  const found = from.values === undefined ? conventionFor(facts) : null;
  const ordered = found?.convention.channelOrder != null && from.channelOrder === undefined;
  const preprocess: ChosenPreprocess = {
    ...(found === null
      ? given
      : withConvention(given, ordered ? found.convention : { ...found.convention, channelOrder: null })),
    from: {
      values: from.values ?? found?.source ?? 'default',
      resize: from.resize ?? 'default',
      channelOrder: from.channelOrder ?? (ordered ? found.source : 'default'),
    },
  };
  const read = scaling?.kind === 'integers' ? scaling.input : quantization;
  const note = read === null ? null : rangeNote(pixelRange({ ...preprocess, inside: null }, channels), read, channels);
  return { preprocess, reason: found?.reason ?? '', notes: note === null ? [] : [note] };
}

const text6 = (value: number): string => String(Number(value.toPrecision(6))).replace('-', '−');

/** One number where all are the same, else a list of them. */
function numbersText(values: readonly number[]): string {
  const [first = 0] = values;
  return values.every(value => value === first) ? text6(first) : `[${values.map(text6).join(', ')}]`;
}

const all = (values: readonly number[], expected: number): boolean => values.every(value => value === expected);

/** From a pixel to what the file's network takes: `(pixel − 127.5) / 127.5`. */
function outsideText({ mean, std }: Pick<Preprocess, 'mean' | 'std'>): string {
  const shifted = all(mean, 0) ? 'pixel' : `pixel − ${numbersText(mean)}`;
  if (all(std, 1)) return shifted;
  return `${all(mean, 0) ? shifted : `(${shifted})`} / ${numbersText(std)}`;
}

/** From a pixel to what the first layer takes, as a formula. */
export function formulaText(preprocess: Pick<Preprocess, 'mean' | 'std' | 'inside'>): string {
  const outside = outsideText(preprocess);
  const { inside } = preprocess;
  if (inside === null) return outside;
  if (inside.kind === 'integers') return `${outside}, then scaled in integers as the file does`;
  const scaled = `${numbersText(inside.scale)} · ${/[ ]/.test(outside) ? `(${outside})` : outside}`;
  if (all(inside.offset, 0)) return scaled;
  const [sign, offset] = inside.offset.every(value => value <= 0)
    ? ['−', inside.offset.map(value => -value)]
    : ['+', inside.offset];
  return `${scaled} ${sign} ${numbersText(offset)}`;
}

const SOURCES: Readonly<Record<PreprocessSource, string>> = {
  flag: 'by flag',
  configuration: 'from the configuration',
  model: 'from the model',
  weights: 'from the names of its weights',
  default: 'default',
};

/** For people, line by line: how the size is reached, the order of channels, the numbers, and who says each of them. */
export function preprocessLines(
  preprocess: ChosenPreprocess,
  { height, width, channels }: Area & { readonly channels: number },
  reason = '',
): readonly string[] {
  const { resize, cropFraction, channelOrder, from } = preprocess;
  const crop = cropFraction === 1 ? '' : `, the centre ${cropFraction}`;
  const how = resize === 'none' ? 'of pictures of that size only' : `by ${resize}${crop}`;
  const order = channels === 1 ? 'grey' : `${channelOrder.toUpperCase()} (${SOURCES[from.channelOrder]})`;
  const numbers = `${formulaText(preprocess)} is ${rangeText(pixelRange(preprocess, channels))}`;
  return [
    'preprocessing, which must be that of training:',
    `  size      ${height}×${width} ${how} (${SOURCES[from.resize]})`,
    `  channels  ${order}`,
    `  numbers   ${numbers} (${SOURCES[from.values]}${reason === '' ? '' : `: ${reason}`})`,
  ];
}
