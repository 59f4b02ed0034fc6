/** Reads the float32 arrays of a NumPy archive (numpy.lib.format, versions 1 to 3). */
import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';

export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

function parseNpy(bytes: Uint8Array): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6]! >= 2;
  const start = wide ? 12 : 10;
  const end = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, end));
  const [, shape] = /'shape': \(([\d, ]*)\)/.exec(header) ?? [];
  if (!header.includes("'descr': '<f4'") || !header.includes("'fortran_order': False") || shape === undefined) {
    throw new Error(`not a row-major float32 array: ${header}`);
  }
  return {
    shape: shape.split(',').flatMap(part => (part.trim() === '' ? [] : [Number(part)])),
    // A copy, because the archive gives no alignment.
    data: new Float32Array(bytes.slice(end).buffer),
  };
}

export function readNpz(path: string): ReadonlyMap<string, NpyArray> {
  const entries = Object.entries(unzipSync(readFileSync(path)));
  return new Map(entries.map(([name, bytes]) => [name.replace(/\.npy$/, ''), parseNpy(bytes)]));
}
