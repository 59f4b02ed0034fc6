/** Deflate streams of known length (RFC 1951), bare or with the zlib frame (RFC 1950), inflated without trust in them. */
import { Inflate, Unzlib } from 'fflate';

/** Deflate spends at least 1 bit on 129 bytes; no stream inflates to more than this many times its size. */
export const GREATEST_RATIO = 1032;
/** Compressed bytes given to the decompressor at once: a bomb is noticed after 1032 times as many. */
const STEP = 2 ** 14;

/**
 * Inflates into exactly `size` bytes; null where the stream is damaged or holds more or less. Nothing is allocated for a
 * size that the compressed bytes cannot back.
 */
export function inflateExactly(data: Uint8Array, size: number, frame: 'none' | 'zlib'): Uint8Array | null {
  if (!(size <= GREATEST_RATIO * data.length)) return null;
  const result = new Uint8Array(size);
  let filled = 0;
  const take = (chunk: Uint8Array): void => {
    if (filled + chunk.length > size) throw new RangeError('the stream is longer than stated');
    result.set(chunk, filled);
    filled += chunk.length;
  };
  const stream = frame === 'zlib' ? new Unzlib(take) : new Inflate(take);
  try {
    for (let at = 0; at < data.length; at += STEP) {
      stream.push(data.subarray(at, at + STEP), at + STEP >= data.length);
    }
  } catch {
    return null;
  }
  return filled === size ? result : null;
}
