/** Archives of NumPy arrays (`numpy.savez`): a zip of .npy files, whose names without the ending are those of the arrays. */
import { readNpy } from './npy.ts';
import type { StoredTensor, StoredTensors } from './stored-tensor.ts';

const ENDING = '.npy';

/** Whether a zip archive, by the names of its entries, is one of arrays. */
export function isNpz(names: Iterable<string>): boolean {
  const all = [...names];
  return all.length > 0 && all.every(name => name.endsWith(ENDING));
}

/**
 * The arrays of an archive.
 * @param entries of the zip archive
 * @throws SnugError `malformedFile` for an array that is damaged
 */
export function readNpz(entries: ReadonlyMap<string, () => Uint8Array>, file: string): StoredTensors {
  const tensors = new Map<string, StoredTensor>();
  for (const [entry, content] of entries) {
    const name = entry.slice(0, -ENDING.length);
    tensors.set(name, readNpy(content(), { file, tensor: name }));
  }
  return tensors;
}
