/**
 * Inputs that another program has already preprocessed: `.npy` (NumPy's format, versions 1 to 3) and `.f32` (nothing but
 * float32 little-endian). They hold what the network takes, so neither mean and std nor the channel order touch them.
 */
import { arrayUnreadable, sampleNotFinite, sampleWrongShape } from '../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../diagnostics/diagnostic.ts';
import { firstNonFinite } from '../numerics/statistics.ts';
import type { InputSize } from './decode.ts';

/** The shape that a file states (null for `.f32`, which states none) and its values in row-major order. */
interface RawArray {
  readonly shape: readonly number[] | null;
  readonly values: Float32Array;
}

function unreadable(path: string, problem: string): SnugError {
  return new SnugError(arrayUnreadable({ path, problem }, { file: path }));
}

/** Through a DataView, so that the file's byte order does not depend on the host's and any offset will do. */
function float32Values(path: string, bytes: Uint8Array): Float32Array {
  if (bytes.byteLength % 4 !== 0) throw unreadable(path, `${bytes.byteLength} bytes are no whole number of float32`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

const NPY_MAGIC = '\x93NUMPY';

/** @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
function parseNpy(path: string, bytes: Uint8Array): RawArray {
  const text = (start: number, end: number): string => String.fromCharCode(...bytes.subarray(start, end));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || text(0, 6) !== NPY_MAGIC) throw unreadable(path, 'it does not begin as a .npy file');
  const start = bytes[6] === 1 ? 10 : 12;
  const end = start + (bytes[6] === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (end > bytes.length) throw unreadable(path, 'its header is cut off');
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, end));
  const type = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (shape === undefined) throw unreadable(path, 'its header states no shape');
  if (type !== '<f4') throw unreadable(path, `its values are ${type ?? 'of several fields'}, not <f4`);
  if (/'fortran_order':\s*True/.test(header)) throw unreadable(path, 'it is in Fortran order');
  const sizes = shape
    .split(',')
    .filter(size => size.trim() !== '')
    .map(Number);
  const values = float32Values(path, bytes.subarray(end));
  const count = sizes.reduce((product, size) => product * size, 1);
  if (values.length !== count) throw unreadable(path, `it holds ${values.length} values and states ${count}`);
  return { shape: sizes, values };
}

/** H×W×C, 1×H×W×C, and for one channel H×W; a length alone would let C×H×W pass. */
function fits(array: RawArray, { height, width, channels }: InputSize): boolean {
  if (array.shape === null) return array.values.length === height * width * channels;
  const shape = array.shape.length === 4 && array.shape[0] === 1 ? array.shape.slice(1) : array.shape;
  const full = shape.length === 2 && channels === 1 ? [...shape, 1] : shape;
  return full.length === 3 && full[0] === height && full[1] === width && full[2] === channels;
}

/**
 * The reals of one input in a `.npy` or `.f32` file.
 * @param bytes the file
 * @returns height × width × channels values in H×W×C
 * @throws SnugError arrayUnreadable for damaged files and other element types, sampleWrongShape, sampleNotFinite
 */
export function parseRawArray(path: string, bytes: Uint8Array, size: InputSize): Float32Array {
  const origin: Origin = { file: path };
  const isNpy = path.toLowerCase().endsWith('.npy');
  const array = isNpy ? parseNpy(path, bytes) : { shape: null, values: float32Values(path, bytes) };
  if (!fits(array, size)) {
    const actual = array.shape === null ? `${array.values.length} values` : `an array of ${array.shape.join('×')}`;
    const expected = `${size.height}×${size.width}×${size.channels}`;
    throw new SnugError(sampleWrongShape({ path, actual, expected }, origin));
  }
  const index = firstNonFinite(array.values);
  if (index >= 0) throw new SnugError(sampleNotFinite({ path, index, value: array.values[index]! }, origin));
  return array.values;
}
