/** Files that are no networks in a format that snug reads, known well enough to say what to do instead. */

const text = (bytes: Uint8Array, offset: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(offset, offset + length));

/** A safetensors file begins with the length of a JSON object that follows it. */
function isSafetensors(bytes: Uint8Array): boolean {
  return text(bytes, 8, 1) === '{' && bytes.subarray(4, 8).every(byte => byte === 0);
}

const EXPORT_ONNX = 'export the network as float ONNX instead';

interface ForeignFormat {
  readonly matches: (bytes: Uint8Array, path: string) => boolean;
  readonly hint: (path: string) => string;
}

const formats: readonly ForeignFormat[] = [
  {
    matches: (bytes, path) => isSafetensors(bytes) || path.endsWith('.safetensors'),
    hint: path => `a safetensors file holds weights without a network; use --model mobilenet-v2 --weights ${path}`,
  },
  {
    matches: bytes => text(bytes, 4, 4) === 'TFL3',
    hint: () => `TensorFlow Lite files are not read yet; ${EXPORT_ONNX}`,
  },
  {
    matches: bytes => text(bytes, 0, 8) === '\x89HDF\r\n\x1a\n',
    hint: () => `HDF5 files (Keras .h5) are not read; ${EXPORT_ONNX}, for example with tf2onnx`,
  },
  {
    matches: bytes => text(bytes, 0, 4) === 'PK\x03\x04',
    hint: () =>
      `zip archives (PyTorch .pt and .pth, Keras .keras) are not read; ${EXPORT_ONNX}, for example with torch.onnx.export`,
  },
  {
    // Pickle protocol 2 and later.
    matches: bytes => bytes[0] === 0x80 && (bytes[1] ?? 0) >= 2 && (bytes[1] ?? 0) <= 5,
    hint: () => `pickles are programs and are not read; ${EXPORT_ONNX}, for example with torch.onnx.export`,
  },
];

/** What to do with a file that no frontend reads, or null where it is of no known format either. Never throws. */
export function foreignHint(bytes: Uint8Array, path: string): string | null {
  return formats.find(format => format.matches(bytes, path.toLowerCase()))?.hint(path) ?? null;
}
