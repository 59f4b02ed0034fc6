/** What preprocessing makes of pixels, and whether a network that came quantized takes it. */
import type { Quantization } from '../ir/quantization.ts';
import type { Range } from '../numerics/statistics.ts';
import type { Preprocess } from '../pictures/preprocess.ts';

/** Part of a range's width by which the ends of another may lie elsewhere: pictures seldom use all of theirs. */
const TOLERANCE = 0.1;

/** The range of (pixel − mean) / std over all channels and pixels 0 to 255. */
export function pictureRange({ mean, std }: Pick<Preprocess, 'mean' | 'std'>): Range {
  // One mean or deviation may stand for all channels, whichever of the two lists is the longer.
  const edges = (mean.length > std.length ? mean : std).flatMap((_, c) =>
    [0, 255].map(pixel => (pixel - (mean[c] ?? mean[0]!)) / (std[c] ?? std[0]!)),
  );
  return { min: Math.min(...edges), max: Math.max(...edges) };
}

const round = (value: number): number => Number(value.toPrecision(3));
const span = ({ min, max }: Range): string => `${round(min)} to ${round(max)}`;

/**
 * What to tell of a model file whose input is quantized for other numbers than preprocessing gives: what lies beyond its
 * range is clipped, and of a much wider range pixels would use little. Null where the two agree within a tenth.
 * @param pixels what preprocessing makes of pixels 0 to 255
 */
export function rangeNote(pixels: Range, { scale, zeroPoint }: Quantization): string | null {
  const taken = { min: scale * (-128 - zeroPoint), max: scale * (127 - zeroPoint) };
  const width = taken.max - taken.min;
  const apart = Math.max(Math.abs(taken.min - pixels.min), Math.abs(taken.max - pixels.max));
  if (apart <= TOLERANCE * Math.max(width, pixels.max - pixels.min)) return null;
  const std = 255 / width;
  // Adding 0 keeps −0 from being printed.
  const fitting = `preprocess: { mean: ${round(-taken.min * std + 0)}, std: ${round(std)} }`;
  return `pixels become ${span(pixels)}, and the input of the model file is quantized for ${span(taken)}: the network was probably trained with other preprocessing; ${fitting} in snug.config.ts would give that range`;
}
