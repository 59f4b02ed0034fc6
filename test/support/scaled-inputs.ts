/** The networks of `test/frontends/fixtures/input-scaling`, with what the tools that run them answer. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'fflate';
import { prepare } from '../../src/cli/prepare.ts';
import { type Settings, settingsOf } from '../../src/cli/settings.ts';
import { terminal } from '../../src/cli/terminal.ts';
import { labelled, listPictures } from '../../src/pictures/folder.ts';
import { ROOT } from './snug.ts';

const FOLDER = join(ROOT, 'test/frontends/fixtures/input-scaling');
/** 500 grey digits, and 60 coloured ones, of the size that the networks take; and what the grey ones are calibrated with. */
export const DIGITS: string = join(ROOT, 'examples/digits/images');
export const COLOURED_DIGITS: string = join(FOLDER, 'coloured');
export const DIGIT_CALIBRATION: string = join(ROOT, 'examples/digits/calibration');

/** Whether a network takes the coloured digits. */
export const isColoured = (file: string): boolean => file.startsWith('coloured');

/** What a network answers for all of its pictures in the order of their paths. */
export interface Expected {
  readonly right: number;
  /** A class a digit. */
  readonly predicted: string;
  /** By the number of the picture. */
  readonly logits: Readonly<Record<string, readonly number[]>>;
  /** Of a quantized network, output bytes in hexadecimal, by the number of the picture. */
  readonly outputs?: Readonly<Record<string, string>>;
  /** For each channel what the first convolution of a quantized network reads for the 256 pixels, in hexadecimal; of a float one, some of it. */
  readonly table?: readonly string[] | Readonly<Record<string, number | readonly number[]>>;
}

/** By the name of the file. */
export const expectedDigits: Readonly<Record<string, Expected>> = JSON.parse(
  readFileSync(join(FOLDER, 'expected.json'), 'utf8'),
);

/** The bytes of a network's file, without the compression that it has in the repository. */
export function scaledNetwork(name: string): { readonly name: string; readonly bytes: Uint8Array } {
  const bytes = new Uint8Array(readFileSync(join(FOLDER, name)));
  return name.endsWith('.gz') ? { name: basename(name, '.gz'), bytes: gunzipSync(bytes) } : { name, bytes };
}

/** Paths and classes of the pictures that a network is tested with. */
export async function picturesOf(file: string): Promise<ReturnType<typeof labelled>> {
  const folder = isColoured(file) ? COLOURED_DIGITS : DIGITS;
  return labelled(await listPictures(folder), folder);
}

/** Bytes of hexadecimal digits, as int8. */
export function int8OfHex(text: string): Int8Array {
  return Int8Array.from(text.match(/../g) ?? [], byte => Number.parseInt(byte, 16));
}

/** A network prepared with flags, and all that was said on the way. */
export async function preparedWith(
  flags: Parameters<typeof settingsOf>[0],
): Promise<Awaited<ReturnType<typeof prepare>> & { readonly notes: readonly string[]; readonly settings: Settings }> {
  const notes: string[] = [];
  const out = { ...terminal({ quiet: true }), note: (text: string) => void notes.push(text) };
  const settings = await settingsOf(flags, out);
  return { ...(await prepare(settings, out)), notes, settings };
}
