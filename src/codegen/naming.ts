/** Names in the emitted C: valid, unique, and recognisably those of the model. */
import { badUsage } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { MAX_NAME_LENGTH, NETWORK_NAME, NETWORK_NAME_RULE } from '../ir/name.ts';
import { isReservedName, RESERVED_WORDS } from './reserved-names.ts';

/** Any text in lower case, a letter first; other characters become underscores. */
export function cleanName(text: string): string {
  const cleaned = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return /^[a-z]/.test(cleaned) ? cleaned : `n_${cleaned}`;
}

/** Any text as lower-case C: `cleanName`, and no word of C. */
export function toIdentifier(text: string): string {
  const name = cleanName(text);
  return RESERVED_WORDS.has(name) ? `${name}_` : name;
}

/** The name of a network that its file or its builder gives: as `cleanName`, cut to what is allowed, and not taken yet. */
export function toNetworkName(text: string): string {
  const cut = cleanName(text).slice(0, MAX_NAME_LENGTH);
  const candidates = [cut, `${cut}_`, `net_${cut}`].map(candidate => candidate.slice(0, MAX_NAME_LENGTH));
  return candidates.find(candidate => !isReservedName(candidate))!;
}

/**
 * The prefix of every external symbol; refuses what C, the emitted macros or CMake could not take, and names whose header would
 * take the place of another.
 */
export function checkName(name: string): string {
  const reserved = isReservedName(name);
  if (NETWORK_NAME.test(name) && !reserved) return name;
  const shown = name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name;
  const why = reserved
    ? 'C, its headers, CMSIS, snug or CMake have that name'
    : name.length > MAX_NAME_LENGTH
      ? `it has ${name.length} characters`
      : 'it is no identifier in lower case';
  throw new SnugError(
    badUsage({
      problem: `"${shown}" cannot be the name of a network in C: ${why}`,
      fix: `use ${NETWORK_NAME_RULE}, such as ${toNetworkName(name)}`,
    }),
  );
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
