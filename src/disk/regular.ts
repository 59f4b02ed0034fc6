/**
 * Reading files that somebody names: regular ones only, for a FIFO waits for ever and a device has no end, and none that is
 * larger than anything that snug can use.
 */
import type { Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { fileMissing, fileTooLarge, fileUnreadable, lfsPointer } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';

/** The most bytes that a file is read to: what one buffer of Node and one message of protobuf hold. */
export const MOST_FILE_BYTES: number = 2 ** 31 - 1;

/** A pointer is about 130 bytes; the specification allows less than 1024. */
export const MOST_POINTER_BYTES = 1024;
const POINTER = 'version https://git-lfs.github.com/spec/';

/** What keeps a file from being read, as the end of a sentence; null for regular files. */
export function irregularity(info: Stats): string | null {
  if (info.isFile()) return null;
  if (info.isDirectory()) return 'it is a folder';
  if (info.isFIFO()) return 'it is a FIFO, and only regular files are read; write what comes out of it to a file';
  if (info.isSocket()) return 'it is a socket, and only regular files are read';
  return 'it is a device, and only regular files are read';
}

/**
 * Refuses what Git LFS leaves where it did not fetch a file: a text that stands for it. Without a word of it a reader would
 * call the file damaged.
 * @throws SnugError `lfsPointer`
 */
export function refusePointer(path: string, bytes: Uint8Array): void {
  if (bytes.length >= MOST_POINTER_BYTES) return;
  const text = new TextDecoder('latin1').decode(bytes);
  if (!text.startsWith(POINTER)) return;
  const size = /^size (\d{1,15})$/m.exec(text)?.[1];
  const diagnostic = lfsPointer({ path, bytes: bytes.length, stated: size === undefined ? null : Number(size) });
  throw new SnugError({ ...diagnostic, origin: { file: path } });
}

/** The first bytes of an open file, which may grow or shrink meanwhile. */
export async function readStart(handle: FileHandle, bytes: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(bytes);
  let length = 0;
  while (length < bytes) {
    const { bytesRead } = await handle.read(buffer, length, bytes - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

/**
 * Refuses, before it is opened, a file that could not be read to its end.
 * @param what it should have been, for errors
 * @throws SnugError `fileMissing`, `fileUnreadable` or `fileTooLarge`
 */
async function requireRegular(path: string, what: string): Promise<Stats> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    const diagnostic =
      error.code === 'ENOENT' ? fileMissing({ path, what }) : fileUnreadable({ path, reason: error.message });
    throw new SnugError({ ...diagnostic, origin: { file: path } });
  });
  const reason = irregularity(info);
  if (reason !== null) throw new SnugError(fileUnreadable({ path, reason }, { file: path }));
  if (info.size > MOST_FILE_BYTES)
    throw new SnugError(fileTooLarge({ path, bytes: info.size, most: MOST_FILE_BYTES }, { file: path }));
  return info;
}

/**
 * Refuses a file that another library will open, for the same reasons as `readRegular`.
 * @throws SnugError as `readRegular`
 */
export async function checkRegular(path: string, what: string): Promise<void> {
  const { size } = await requireRegular(path, what);
  if (size < MOST_POINTER_BYTES) await readRegular(path, what);
}

/**
 * A whole file.
 * @param what it should have been, for errors
 * @throws SnugError `fileMissing`, `fileUnreadable`, `fileTooLarge` or `lfsPointer`
 */
export async function readRegular(path: string, what: string): Promise<Uint8Array> {
  const { size } = await requireRegular(path, what);
  const handle = await open(path, 'r').catch((error: Error) => {
    throw new SnugError(fileUnreadable({ path, reason: error.message }, { file: path }));
  });
  try {
    // Files of /proc and their like state no size.
    const bytes = size === 0 ? await handle.readFile() : await readStart(handle, size);
    refusePointer(path, bytes);
    return bytes;
  } catch (error) {
    if (error instanceof SnugError) throw error;
    throw new SnugError(fileUnreadable({ path, reason: (error as Error).message }, { file: path }));
  } finally {
    await handle.close();
  }
}
