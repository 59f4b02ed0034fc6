/**
 * Names from files: of layers, which end up in C identifiers and comments, so that they keep to letters, digits and `_`, and
 * of networks, which are named after their file.
 */

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

/** A layer name that is not taken yet, from the first of the candidates that has one, else from the operator. */
export type NameLayer = (candidates: readonly string[], operator: string) => string;

/**
 * Gives each layer a name of its own: that of the node, else of its output, else of its operator; names that begin with a
 * digit get the operator in front, and a repeated name gets a number behind it. The same file gives the same names.
 */
export function layerNamer(): NameLayer {
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

/**
 * `models/mobilenet_v2.onnx` becomes `mobilenet_v2`.
 * @param extensions of the format; of any other one the name keeps its letters
 * @param instead names a network whose file is called `model`, as every one of TF.js is
 */
export function graphName(file: string, extensions: readonly string[], instead: string = ''): string {
  const base = file.split(/[/\\]/).at(-1) ?? file;
  const extension = extensions.find(end => base.toLowerCase().endsWith(end)) ?? '';
  const title = base.slice(0, base.length - extension.length);
  return (title === 'model' ? sanitized(instead) : null) ?? sanitized(title) ?? 'network';
}
