/** Files that are no networks in a format that snug reads, known well enough to say what to do instead. */
import { isNpy } from '../formats/npy.ts';
import { isNpz } from '../formats/npz.ts';
import { isTorchArchive, isTorchScript, type ZipEntries } from '../formats/pytorch/archive.ts';
import { isPickle } from '../formats/pytorch/legacy.ts';
import { readZip } from '../formats/zip.ts';

const text = (bytes: Uint8Array, offset: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(offset, offset + length));

/** A safetensors file begins with the length of a JSON object that follows it. */
function isSafetensors(bytes: Uint8Array): boolean {
  return text(bytes, 8, 1) === '{' && bytes.subarray(4, 8).every(byte => byte === 0);
}

const EXPORT_ONNX = 'export the network as float ONNX instead';

interface ForeignFormat {
  readonly matches: (bytes: Uint8Array, path: string) => boolean;
  readonly hint: (path: string, bytes: Uint8Array) => string;
}

function entriesOf(path: string, bytes: Uint8Array): ZipEntries {
  try {
    return readZip(bytes, path);
  } catch {
    return new Map();
  }
}

function hintOfZip(path: string, bytes: Uint8Array): string {
  const exportIt = `${EXPORT_ONNX}, for example with torch.onnx.export`;
  const entries = entriesOf(path, bytes);
  if (isTorchScript(entries)) return `TorchScript archives are not read; ${exportIt}`;
  const writer = isTorchArchive(entries) ? 'PyTorch' : isNpz(entries.keys()) ? 'NumPy' : null;
  return writer === null
    ? `zip archives of this kind are not read; ${exportIt}`
    : `files of ${writer} hold weights without a network; use --model mobilenet-v2 --weights ${path}, or ${exportIt}`;
}

const formats: readonly ForeignFormat[] = [
  {
    matches: (bytes, path) => isSafetensors(bytes) || path.endsWith('.safetensors'),
    hint: path => `a safetensors file holds weights without a network; use --model mobilenet-v2 --weights ${path}`,
  },
  { matches: bytes => text(bytes, 0, 4) === 'PK\x03\x04', hint: (path, bytes) => hintOfZip(path, bytes) },
  {
    matches: isPickle,
    hint: path =>
      `pickles hold weights without a network; use --model mobilenet-v2 --weights ${path} if torch.save wrote it, or ${EXPORT_ONNX}`,
  },
  {
    matches: isNpy,
    hint: path => `a NumPy array is no network; use --model mobilenet-v2 --weights ${path} with a .npz of all weights`,
  },
  {
    matches: (_, path) => path.endsWith('.json'),
    hint: () =>
      "the model.json of TensorFlow.js holds modelTopology and weightsManifest, and its format is layers-model or graph-model; give the one that tf.js's save() or tensorflowjs_converter wrote",
  },
];

/** What to do with a file that no frontend reads, or null where it is of no known format either. Never throws. */
export function foreignHint(bytes: Uint8Array, path: string): string | null {
  return formats.find(format => format.matches(bytes, path.toLowerCase()))?.hint(path, bytes) ?? null;
}
