/** Pad with zeros around height and width, in either layout. */
import { formatShape } from '../../../ir/shape.ts';
import type { OperatorCall, Value } from '../call.ts';
import { zeroPointInFile } from '../quantized/facts.ts';
import { contiguousView, transposed } from '../view.ts';

/** ONNX dimensions that hold [batch, height, width, channels], and the way back. */
const LAYOUTS = [
  { order: [0, 2, 3, 1], back: [0, 3, 1, 2] },
  { order: [0, 1, 2, 3], back: [0, 1, 2, 3] },
] as const;

/** Begin and end of each ONNX dimension: an attribute up to operator set 10, inputs from 11 on. */
function padsOf(
  call: OperatorCall,
  rank: number,
): { readonly begin: readonly number[]; readonly end: readonly number[] } {
  const given = Array.from(call.attributes.ints('pads') ?? call.constant(1, 'pads').values);
  const axes = call.optionalConstant(3, 'axes')?.values ?? Array.from({ length: rank }, (_, axis) => axis);
  if (given.length !== 2 * axes.length) return call.refuse(`it has ${given.length} pads for ${axes.length} dimensions`);
  const begin = Array.from({ length: rank }, () => 0);
  const end = begin.slice();
  axes.forEach((given_axis: number, i: number) => {
    const axis = call.axis(given_axis, rank);
    begin[axis] = given[i]!;
    end[axis] = given[axes.length + i]!;
  });
  return { begin, end };
}

/** Refuses borders other than zeros and pads of batch and channels. */
export function pad(call: OperatorCall): Value {
  const value = call.activation(0);
  const mode = call.attributes.string('mode', 'constant');
  if (mode !== 'constant') return call.refuse(`mode is ${mode}, and only constant is supported`);
  const border = call.optionalConstant(2, 'border value')?.values[0] ?? call.attributes.float('value', 0);
  const zero = value.coding === null || value.coding === 'input' ? 0 : zeroPointInFile(value.coding);
  if (border !== zero) return call.refuse(`it pads with ${border}, and only ${zero}, which stands for 0, is supported`);
  const { begin, end } = padsOf(call, value.shape.length);
  const padded = [...value.shape.keys()].filter(axis => begin[axis] !== 0 || end[axis] !== 0);
  if (padded.length === 0) return value;
  for (const { order, back } of LAYOUTS) {
    const [, height, width] = order;
    if (!padded.every(axis => axis === height || axis === width)) continue;
    const id = call.map(value, order);
    if (id === null) continue;
    const sides = { top: begin[height]!, bottom: end[height]!, left: begin[width]!, right: end[width]! };
    const output = call.emit('pad', id, sides, {});
    const result = call.result(output, transposed(contiguousView(call.shapeOf(output)), back)!);
    return { ...result, coding: value.coding };
  }
  return call.refuse(`it pads dimensions ${padded.join(', ')} of ${formatShape(value.shape)}, not height and width`);
}
