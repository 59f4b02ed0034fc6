/** Names in the emitted C: valid, unique, and recognisably those of the model. */
import { badUsage } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';

const C_IDENTIFIER = /^[a-z][a-z0-9_]*$/;
const RESERVED = new Set([
  'auto',
  'case',
  'char',
  'const',
  'default',
  'do',
  'double',
  'else',
  'enum',
  'extern',
  'float',
  'for',
  'goto',
  'if',
  'inline',
  'int',
  'long',
  'main',
  'register',
  'restrict',
  'return',
  'short',
  'signed',
  'sizeof',
  'static',
  'struct',
  'switch',
  'typedef',
  'union',
  'unsigned',
  'void',
  'volatile',
  'while',
]);

/** Any text as lower-case C: other characters become underscores. */
export function toIdentifier(text: string): string {
  const cleaned = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  const started = /^[a-z]/.test(cleaned) ? cleaned : `n_${cleaned}`;
  return RESERVED.has(started) ? `${started}_` : started;
}

/** The prefix of every external symbol; refuses what C or the emitted macros could not take. */
export function checkName(name: string): string {
  if (!C_IDENTIFIER.test(name) || RESERVED.has(name)) {
    throw new SnugError(
      badUsage({
        problem: `"${name}" cannot be the name of a network in C`,
        fix: `use lower-case letters, digits and underscores, such as ${toIdentifier(name)}`,
      }),
    );
  }
  return name;
}

/** Identifiers for a list of names: cleaned, and numbered where two would be the same. */
export function uniqueIdentifiers(names: readonly string[]): readonly string[] {
  const used = new Set<string>();
  return names.map(name => {
    const base = toIdentifier(name);
    let candidate = base;
    for (let suffix = 2; used.has(candidate); suffix += 1) candidate = `${base}_${suffix}`;
    used.add(candidate);
    return candidate;
  });
}
