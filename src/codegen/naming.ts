/** Names in the emitted C: valid, unique, and recognisably those of the model. */
import { badUsage } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { NETWORK_NAME, NETWORK_NAME_RULE } from '../ir/name.ts';

/** Words of C, and then targets that CMake or the emitted CMakeLists.txt has already. */
const RESERVED = new Set([
  'arm_nn_types',
  'arm_nnfunctions',
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
  'stddef',
  'stdint',
  'stdio',
  'string',
  'struct',
  'switch',
  'typedef',
  'union',
  'unsigned',
  'void',
  'volatile',
  'while',
  'all',
  'clean',
  'edit_cache',
  'help',
  'install',
  'package',
  'package_source',
  'preinstall',
  'rebuild_cache',
  'snug_cmsis_nn',
  'test',
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

/** The prefix of every external symbol; refuses what C, the emitted macros or CMake could not take. */
export function checkName(name: string): string {
  if (!NETWORK_NAME.test(name) || RESERVED.has(name)) {
    throw new SnugError(
      badUsage({
        problem: `"${name}" cannot be the name of a network in C`,
        fix: `use ${NETWORK_NAME_RULE}, such as ${toIdentifier(name)}`,
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
