/**
 * The inner product that almost all of MobileNetV2's work consists of: every row of `a` with every row of `b`.
 * Both versions are blocked two rows by four so that a loaded value is used several times; sums run over `k` in order, so
 * the blocking changes no result.
 */

/** out[i · n + j] = bias[j] + Σ_k a[i · depth + k] · b[j · depth + k], summed in double precision. */
export function matmulFloat(
  a: Float32Array,
  b: Float32Array,
  bias: Float32Array,
  out: Float32Array,
  size: { readonly rows: number; readonly columns: number; readonly depth: number },
): void {
  const { rows, columns, depth } = size;
  for (let i = 0; i < rows; i += 2) {
    // The last odd row is computed twice instead of having a loop of its own.
    const i1 = Math.min(i + 1, rows - 1);
    const p0 = i * depth;
    const p1 = i1 * depth;
    for (let j = 0; j < columns; j += 4) {
      const j1 = Math.min(j + 1, columns - 1);
      const j2 = Math.min(j + 2, columns - 1);
      const j3 = Math.min(j + 3, columns - 1);
      let [q0, q1, q2, q3] = [j * depth, j1 * depth, j2 * depth, j3 * depth];
      let s00 = bias[j]!;
      let s01 = bias[j1]!;
      let s02 = bias[j2]!;
      let s03 = bias[j3]!;
      let [s10, s11, s12, s13] = [s00, s01, s02, s03];
      for (let k = 0; k < depth; k += 1, q0 += 1, q1 += 1, q2 += 1, q3 += 1) {
        const x0 = a[p0 + k]!;
        const x1 = a[p1 + k]!;
        const w0 = b[q0]!;
        const w1 = b[q1]!;
        const w2 = b[q2]!;
        const w3 = b[q3]!;
        s00 += x0 * w0;
        s01 += x0 * w1;
        s02 += x0 * w2;
        s03 += x0 * w3;
        s10 += x1 * w0;
        s11 += x1 * w1;
        s12 += x1 * w2;
        s13 += x1 * w3;
      }
      const o0 = i * columns;
      const o1 = i1 * columns;
      out[o1 + j] = s10;
      out[o1 + j1] = s11;
      out[o1 + j2] = s12;
      out[o1 + j3] = s13;
      out[o0 + j] = s00;
      out[o0 + j1] = s01;
      out[o0 + j2] = s02;
      out[o0 + j3] = s03;
    }
  }
}

/** out[i · n + j] = bias[j] + Σ_k (a[i · depth + k] + offset) · b[j · depth + k] in int32; `out` has the length of a row block. */
export function matmulInt8(
  a: Int8Array,
  offset: number,
  b: Int8Array,
  bias: Int32Array,
  out: Int32Array,
  size: { readonly rows: number; readonly columns: number; readonly depth: number },
): void {
  const { rows, columns, depth } = size;
  for (let i = 0; i < rows; i += 2) {
    const i1 = Math.min(i + 1, rows - 1);
    const p0 = i * depth;
    const p1 = i1 * depth;
    for (let j = 0; j < columns; j += 4) {
      const j1 = Math.min(j + 1, columns - 1);
      const j2 = Math.min(j + 2, columns - 1);
      const j3 = Math.min(j + 3, columns - 1);
      let [q0, q1, q2, q3] = [j * depth, j1 * depth, j2 * depth, j3 * depth];
      let s00 = bias[j]!;
      let s01 = bias[j1]!;
      let s02 = bias[j2]!;
      let s03 = bias[j3]!;
      let [s10, s11, s12, s13] = [s00, s01, s02, s03];
      for (let k = 0; k < depth; k += 1, q0 += 1, q1 += 1, q2 += 1, q3 += 1) {
        const x0 = a[p0 + k]! + offset;
        const x1 = a[p1 + k]! + offset;
        const w0 = b[q0]!;
        const w1 = b[q1]!;
        const w2 = b[q2]!;
        const w3 = b[q3]!;
        s00 = (s00 + Math.imul(x0, w0)) | 0;
        s01 = (s01 + Math.imul(x0, w1)) | 0;
        s02 = (s02 + Math.imul(x0, w2)) | 0;
        s03 = (s03 + Math.imul(x0, w3)) | 0;
        s10 = (s10 + Math.imul(x1, w0)) | 0;
        s11 = (s11 + Math.imul(x1, w1)) | 0;
        s12 = (s12 + Math.imul(x1, w2)) | 0;
        s13 = (s13 + Math.imul(x1, w3)) | 0;
      }
      const o0 = i * columns;
      const o1 = i1 * columns;
      out[o1 + j] = s10;
      out[o1 + j1] = s11;
      out[o1 + j2] = s12;
      out[o1 + j3] = s13;
      out[o0 + j] = s00;
      out[o0 + j1] = s01;
      out[o0 + j2] = s02;
      out[o0 + j3] = s03;
    }
  }
}
