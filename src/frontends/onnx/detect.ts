/** Recognizes an ONNX model by the outermost fields of its protobuf message, without decoding the graph inside. */

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const IR_VERSION = 1;
const GRAPH = 7;
/** Field numbers of `ModelProto`; all but the two version numbers are length-delimited. */
const KNOWN_FIELDS: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26]);
const VERSION_FIELDS: ReadonlySet<number> = new Set([IR_VERSION, 5]);
const MAX_IR_VERSION = 1000;
const MAX_VARINT_BYTES = 10;

/** The number at `offset` and the offset behind it, or null past the end. Exact up to 2^53, which lengths need. */
function readVarint(bytes: Uint8Array, offset: number): { readonly value: number; readonly next: number } | null {
  let value = 0;
  for (let i = 0; i < MAX_VARINT_BYTES; i += 1) {
    const byte = bytes[offset + i];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, next: offset + i + 1 };
  }
  return null;
}

/**
 * True where the bytes begin as a `ModelProto` does: known fields only, a plausible IR version, and a graph (which may be
 * cut off, so that a truncated model is reported as such).
 */
export function startsLikeModel(bytes: Uint8Array): boolean {
  let hasVersion = false;
  let offset = 0;
  while (offset < bytes.length) {
    const tag = readVarint(bytes, offset);
    if (tag === null) return false;
    const field = Math.floor(tag.value / 8);
    const wireType = tag.value % 8;
    if (!KNOWN_FIELDS.has(field) || wireType !== (VERSION_FIELDS.has(field) ? VARINT : LENGTH_DELIMITED)) return false;
    const number = readVarint(bytes, tag.next);
    if (number === null) return false;
    if (field === IR_VERSION) hasVersion = number.value >= 1 && number.value <= MAX_IR_VERSION;
    if (field === GRAPH && hasVersion) return true;
    offset = number.next + (wireType === LENGTH_DELIMITED ? number.value : 0);
  }
  return false;
}
