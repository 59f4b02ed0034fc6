/** CRC-32 as zip and gzip have it: polynomial 0xEDB88320, reflected, inverted at both ends (ISO 3309). */

const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ 0xedb88320;
  return value;
});

/** The checksum as an unsigned number. */
export function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  // Indexed, as iteration is several times slower on archives of many MB.
  for (let i = 0; i < bytes.length; i += 1) value = TABLE[(value ^ bytes[i]!) & 0xff]! ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
