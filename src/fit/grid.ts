/**
 * The sizes of MobileNetV2 that a search for a memory budget tries. They reach beyond the published ones on every side but
 * the widest, because small devices are the point. Finer steps would add little: channels are rounded to multiples of 8, so
 * that closer widths share many layers, and the network halves its map five times, so that closer resolutions share maps.
 */

/** A width multiplier and the side of a square input in pixels. */
export interface FitSize {
  readonly width: number;
  readonly resolution: number;
}

/** Integers from `first` to `last`, both included. */
function steps(first: number, last: number, step: number): readonly number[] {
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step);
}

/**
 * Widths 0.10, 0.15 … 1.40 times resolutions 32, 48 … 256: 405 sizes, narrow before wide, then small before large.
 * Counted in hundredths, so that a width equals its literal: 1.4, and not 0.1 + 26 × 0.05.
 */
export function fitGrid(): readonly FitSize[] {
  const resolutions = steps(32, 256, 16);
  return steps(10, 140, 5).flatMap(hundredths =>
    resolutions.map(resolution => ({ width: hundredths / 100, resolution })),
  );
}
