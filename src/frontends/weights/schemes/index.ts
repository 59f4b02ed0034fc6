/** The table of naming schemes, and which of them a file follows. */
import { gluon } from './gluon.ts';
import { keras } from './keras.ts';
import type { NamingScheme } from './scheme.ts';
import { timm } from './timm.ts';
import { torchvision } from './torchvision.ts';

/** All schemes; signatures exclude each other. */
export const schemes: readonly NamingScheme[] = [torchvision, timm, gluon, keras];

/** A scheme, with what the file puts in front of its names: `module.`, `model.`, `mobilenetv20_`, … */
export interface SchemeOfFile {
  readonly scheme: NamingScheme;
  readonly prefix: string;
}

const ends = ['.', '/', '_'];

/** The scheme whose signature is among the names of a file, or null. */
export function schemeOf(names: Iterable<string>): SchemeOfFile | null {
  const all = [...names];
  for (const scheme of schemes) {
    for (const name of all) {
      if (!name.endsWith(scheme.signature)) continue;
      const prefix = name.slice(0, -scheme.signature.length);
      if (prefix === '' || ends.some(end => prefix.endsWith(end))) return { scheme, prefix };
    }
  }
  return null;
}
