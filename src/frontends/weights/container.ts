/** The containers that weights come in: told by content, read into tensors by name. */
import { unknownFormat } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import { decodeFloats, isFloatType } from '../../formats/float-tensor.ts';
import { isHdf5 } from '../../formats/hdf5.ts';
import { isNpy, readNpy } from '../../formats/npy.ts';
import { isNpz, readNpz } from '../../formats/npz.ts';
import { isTorchArchive } from '../../formats/pytorch/archive.ts';
import { readTorchArchive, readTorchPickle } from '../../formats/pytorch/index.ts';
import { isPickle } from '../../formats/pytorch/legacy.ts';
import { readSafetensors } from '../../formats/safetensors.ts';
import type { StoredTensor, StoredTensors } from '../../formats/stored-tensor.ts';
import { readZip } from '../../formats/zip.ts';
import { isKerasH5, readKerasH5 } from './keras-h5.ts';

/** A weight file as bytes, and its path for errors. */
export interface WeightFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Tensors of a file, whatever its container. */
export interface WeightContainer {
  readonly format: 'safetensors' | 'PyTorch' | 'NumPy' | 'Keras';
  readonly tensors: StoredTensors;
  /** What the file says of itself in text. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Sentences without a full stop. */
  readonly notes: readonly string[];
}

/** Entry of a .keras archive that holds the weights. */
const KERAS_WEIGHTS = 'model.weights.h5';
const SUPPORTED = 'PyTorch (.pth, .pt), safetensors, NumPy (.npz), Keras (.h5, .keras)';
const ZIP = [0x50, 0x4b, 3, 4];

/** A safetensors file begins with the length of a JSON object that follows it. */
function isSafetensors(bytes: Uint8Array): boolean {
  return bytes[8] === 0x7b && bytes.subarray(4, 8).every(byte => byte === 0);
}

function fromSafetensors({ bytes, path }: WeightFile): WeightContainer {
  const { tensors, metadata } = readSafetensors(bytes, path);
  const stored = [...tensors].map(([name, { dtype, shape, data }]): readonly [string, StoredTensor] => [
    name,
    { dtype, shape, floats: isFloatType(dtype) ? () => decodeFloats(dtype, data) : null },
  ]);
  return { format: 'safetensors', tensors: new Map(stored), metadata, notes: [] };
}

function fromZip({ bytes, path }: WeightFile): WeightContainer | null {
  const entries = readZip(bytes, path);
  if (isTorchArchive(entries)) return { format: 'PyTorch', metadata: {}, ...readTorchArchive(entries, path) };
  if (isNpz(entries.keys())) return { format: 'NumPy', tensors: readNpz(entries, path), metadata: {}, notes: [] };
  const weights = entries.get(KERAS_WEIGHTS);
  if (weights === undefined) return null;
  return { format: 'Keras', tensors: readKerasH5(weights(), path), metadata: {}, notes: [] };
}

function fromContent(file: WeightFile): WeightContainer | null {
  const { bytes, path } = file;
  if (ZIP.every((byte, i) => bytes[i] === byte)) return fromZip(file);
  if (isPickle(bytes)) return { format: 'PyTorch', metadata: {}, ...readTorchPickle(bytes, path) };
  if (isHdf5(bytes)) return { format: 'Keras', tensors: readKerasH5(bytes, path), metadata: {}, notes: [] };
  if (isNpy(bytes)) {
    return { format: 'NumPy', tensors: new Map([['array', readNpy(bytes, { file: path })]]), metadata: {}, notes: [] };
  }
  return isSafetensors(bytes) || path.toLowerCase().endsWith('.safetensors') ? fromSafetensors(file) : null;
}

/**
 * Whether a file holds weights and no network: one of the containers above, and no model of Keras. Archives that are damaged
 * count as weights where their name says so.
 */
export function isWeightFile({ bytes, path }: WeightFile): boolean {
  if (isHdf5(bytes)) return isKerasH5(bytes, path) === 'weights';
  if (/\.(?:pth|pt|npz|npy|safetensors)$/i.test(path)) return true;
  return isPickle(bytes) || isNpy(bytes) || isSafetensors(bytes);
}

/** @throws SnugError `unknownFormat` for what is none of the containers; else as their readers do */
export function readContainer(file: WeightFile): WeightContainer {
  const container = fromContent(file);
  if (container !== null) return container;
  const { path } = file;
  const hint = `give weights as ${SUPPORTED}; a file that holds a whole network is given with --model`;
  throw new SnugError({ ...unknownFormat({ path, supported: SUPPORTED }, { file: path }), hint });
}
