/** Layer names from ONNX names: they end up in C identifiers and comments, so they keep to letters, digits and `_`. */

const LONGEST = 80;

/**
 * `/features/features.0/Conv` becomes `features_features_0_Conv`; null where nothing is left.
 */
export function sanitized(name: string): string | null {
  const text = name
    .slice(0, 4 * LONGEST)
    .replaceAll(/[^A-Za-z0-9_]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, LONGEST);
  return text === '' ? null : text;
}

/**
 * Gives each layer a name of its own: that of the node, else of its output, else of its operator; names that begin with a
 * digit get the operator in front, and a repeated name gets a number behind it. The same file gives the same names.
 */
export function layerNamer(): (candidates: readonly string[], operator: string) => string {
  const used = new Set<string>();
  const repetitions = new Map<string, number>();
  return (candidates, operator) => {
    const type = sanitized(operator) ?? 'layer';
    const found = candidates.map(sanitized).find(name => name !== null) ?? type;
    const base = /^[0-9]/.test(found) ? `${type}_${found}` : found;
    let name = base;
    while (used.has(name)) {
      const repetition = (repetitions.get(base) ?? 1) + 1;
      repetitions.set(base, repetition);
      name = `${base}_${repetition}`;
    }
    used.add(name);
    return name;
  };
}
