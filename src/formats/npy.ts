/**
 * Arrays of NumPy: a magic number, a version, a header that is a Python dictionary in text, and the elements. Source: the
 * description of the NPY format, versions 1 to 3, in `numpy/lib/format.py`.
 */
import { malformedFile } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { decodeFloats, type FloatType } from './float-tensor.ts';
import { denseStrides, gathered, type StoredTensor, swapped } from './stored-tensor.ts';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** Kind and bytes, by NumPy's letters. */
const FLOATS: ReadonlyMap<string, FloatType> = new Map([
  ['f4', 'F32'],
  ['f2', 'F16'],
  ['f8', 'F64'],
]);
const OTHERS: Readonly<Record<string, string>> = { i: 'I', u: 'U', b: 'BOOL', c: 'C' };
/** As many as NumPy allows. */
const MOST_DIMENSIONS = 64;

interface Header {
  /** As NumPy writes it, `<f4`; of a structured type, the whole list. */
  readonly descr: string;
  readonly isFortran: boolean;
  readonly shape: readonly number[];
}

/** Whether the bytes begin as a .npy file does. */
export function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

function parseHeader(text: string, refuse: (problem: string) => never): Header {
  const [, type] = /'descr': *'([^']*)'/.exec(text) ?? [];
  const [, order] = /'fortran_order': *(True|False)/.exec(text) ?? [];
  const [, sizes] = /'shape': *\(([\d, L]*)\)/.exec(text) ?? [];
  if (order === undefined || sizes === undefined) return refuse('its header has no shape or order');
  const shape = sizes.split(',').flatMap(part => (part.trim() === '' ? [] : [Number.parseInt(part, 10)]));
  if (shape.length > MOST_DIMENSIONS || !shape.every(size => Number.isSafeInteger(size))) {
    return refuse('its shape is impossible');
  }
  return { descr: type ?? 'a structured type', isFortran: order === 'True', shape };
}

/** `<f4` → F32, `|i1` → I8; NumPy's own letters for what safetensors has no name for, `object` for pickled objects. */
function dtypeOf(descr: string): string {
  const kind = descr.slice(1, 2);
  const bytes = Number(descr.slice(2));
  if (kind === 'O') return 'object';
  const prefix = OTHERS[kind];
  if (prefix === undefined || !(bytes > 0)) return descr;
  return kind === 'b' ? prefix : `${prefix}${8 * bytes}`;
}

/**
 * Reads one array. Floats of 2, 4 and 8 bytes in either byte order have values; arrays of other types are listed only, and
 * pickled objects in them are not looked at.
 * @param origin the file, and the array's name in it
 * @throws SnugError `malformedFile` for a damaged header, or fewer elements than it says
 */
export function readNpy(bytes: Uint8Array, origin: { readonly file: string; readonly tensor?: string }): StoredTensor {
  const refuse = (problem: string): never => {
    throw new SnugError(malformedFile({ format: 'NumPy', problem }, origin));
  };
  if (!isNpy(bytes)) return refuse('it does not begin as one');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6] ?? 0;
  const start = version === 1 ? 10 : 12;
  if (version < 1 || version > 3 || bytes.length < start) return refuse(`it has version ${version}, or no header`);
  const end = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (end > bytes.length) return refuse('its header is cut off');
  const header = parseHeader(new TextDecoder().decode(bytes.subarray(start, end)), refuse);
  const { descr, shape, isFortran } = header;
  const type = FLOATS.get(descr.slice(1));
  if (type === undefined) return { dtype: dtypeOf(descr), shape, floats: null };

  const elementBytes = Number(descr.slice(2));
  const needed = shape.reduce((product, size) => product * size, elementBytes);
  const data = bytes.subarray(end);
  if (needed !== data.length)
    return refuse(`${shape.join('×')} of ${type} needs ${needed} bytes and has ${data.length}`);
  const floats = (): Float32Array => {
    const values = decodeFloats(type, descr.startsWith('>') ? swapped(data, elementBytes) : data);
    return isFortran ? gathered(values, { shape, strides: denseStrides(shape, 'Fortran'), offset: 0 }) : values;
  };
  return { dtype: type, shape, floats };
}
