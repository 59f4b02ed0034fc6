/** The network's input: the one placeholder that the output needs, and the height and width that it gets. */
import type { Origin } from '../../diagnostics/diagnostic.ts';
import { isFields } from '../../formats/json.ts';
import { type InputLayout, layoutOf, refuseModel } from '../input-layout.ts';
import { dimensionsOf } from './attributes.ts';
import { type GraphModel, type GraphNode, refuseFile } from './decode.ts';
import type { Program } from './order.ts';

/** The placeholder that the network reads. */
export function inputNode({ file }: GraphModel, { nodes }: Program): GraphNode {
  const [input, ...others] = nodes.filter(({ op }) => op === 'Placeholder');
  if (input === undefined) return refuseFile('its output depends on no input', { file });
  if (others.length === 0) return input;
  const names = [input, ...others].map(({ name }) => name);
  const problem = `the model has ${names.length} inputs (${names.slice(0, 8).join(', ')}); snug takes one`;
  return refuseModel(problem, 'export the part of the network that has one input', { file });
}

/** Sizes that the placeholder leaves open may be known to the signature. */
function dimensions(model: GraphModel, node: GraphNode, origin: Origin): readonly (number | null)[] {
  const attribute = node.attributes['shape'];
  const own = dimensionsOf(isFields(attribute) ? attribute['shape'] : undefined, origin);
  const signed = dimensionsOf(model.inputShapes.get(node.name), origin);
  if (own === null || signed === null || own.length !== signed.length) {
    const known = own ?? signed;
    if (known !== null) return known;
    return refuseModel('the model does not say what shape its input has', 'export it with an input shape', origin);
  }
  return own.map((size, axis) => size ?? signed[axis]!);
}

/**
 * Reads the declaration of the input.
 * @throws SnugError as `layoutOf` does
 */
export function inputLayout(model: GraphModel, node: GraphNode): InputLayout {
  const origin = { file: model.file, tensor: node.name };
  return layoutOf(dimensions(model, node, origin), false, origin);
}
