/** What manifests say of the files that a command started from. */
import { expect, test } from 'vitest';
import { sourceFile } from '../../src/cli/files.ts';

test('a source is remembered by its name and its hash, not by its folder', () => {
  expect(sourceFile('/home/someone/net.onnx', new TextEncoder().encode('abc'))).toEqual({
    file: 'net.onnx',
    // FIPS 180-2, appendix B.1.
    sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  });
});
