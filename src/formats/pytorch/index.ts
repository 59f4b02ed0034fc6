/** Weights of PyTorch files (.pt, .pth, .bin), written by any version of `torch.save`, as plain data. */
import { malformedFile } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import { readArchive, type ZipEntries } from './archive.ts';
import { type Checkpoint, checkpointOf } from './checkpoint.ts';
import { readLegacy } from './legacy.ts';

function refusalOf(file: string): (problem: string) => never {
  return problem => {
    throw new SnugError(malformedFile({ format: 'PyTorch', problem }, { file }));
  };
}

/**
 * Weights of the form that PyTorch 1.6 introduced.
 * @param entries of the zip archive
 * @throws SnugError `malformedFile` for damage; `unsupportedModel` for TorchScript and whole modules
 */
export function readTorchArchive(entries: ZipEntries, file: string): Checkpoint {
  return checkpointOf(readArchive(entries, file, refusalOf(file)), file);
}

/**
 * Weights of the form before PyTorch 1.6.
 * @throws SnugError `malformedFile` for damage; `unsupportedModel` for whole modules and for other pickles
 */
export function readTorchPickle(bytes: Uint8Array, file: string): Checkpoint {
  return checkpointOf(readLegacy(bytes, file, refusalOf(file)), file);
}
