/** Operators that treat every element alike, whatever the layout: activations, identities and sums. */
import { invalidAttribute } from '../../../diagnostics/catalog.ts';
import { SnugError } from '../../../diagnostics/diagnostic.ts';
import { formatShape, sameShape } from '../../../ir/shape.ts';
import type { Activation, OperatorCall, Value } from '../call.ts';
import type { Constant } from '../constant.ts';
import { sameView } from '../view.ts';
import { perChannel } from './channels.ts';
import { shifted } from './normalization.ts';

/** Exporters write "no bound" as the largest float32. */
const UNBOUNDED = 3.4e38;

/** Appends a clamp to [min, max] unless both sides are open. */
function clamped(call: OperatorCall, min: number, max: number): Value {
  const value = call.activation(0);
  if (Number.isNaN(min) || Number.isNaN(max) || min > max) {
    throw new SnugError(
      invalidAttribute({ name: 'the bounds', value: `${min} to ${max}`, expected: 'min ≤ max' }, call.origin),
    );
  }
  const open = { min: min <= -UNBOUNDED ? -Infinity : min, max: max >= UNBOUNDED ? Infinity : max };
  if (open.min === -Infinity && open.max === Infinity) return value;
  return call.result(call.emit('clamp', value.id, open, {}), value);
}

function scalar(call: OperatorCall, index: number, what: string): number | null {
  const given = call.optionalConstant(index, what);
  if (given === null) return null;
  return given.values.length === 1 ? given.values[0]! : call.refuse(`its ${what} is not a single number`);
}

/** Relu: a clamp to [0, ∞). */
export function relu(call: OperatorCall): Value {
  return clamped(call, 0, Infinity);
}

/** Clip: bounds are attributes up to operator set 10 and optional inputs from 11 on. */
export function clip(call: OperatorCall): Value {
  const min = scalar(call, 1, 'lower bound') ?? call.attributes.float('min', -Infinity);
  const max = scalar(call, 2, 'upper bound') ?? call.attributes.float('max', Infinity);
  return clamped(call, min, max);
}

/** Min with a constant is an upper bound, Max a lower one; TensorFlow's ReLU6 is exported so. */
function bound(call: OperatorCall): number {
  if (call.inputs.length !== 2) return call.refuse('only a value and a constant are supported');
  return scalar(call, 1, 'second operand') ?? Number.NaN;
}

/** Min of a value and a constant. */
export function minimum(call: OperatorCall): Value {
  return clamped(call, -Infinity, bound(call));
}

/** Max of a value and a constant. */
export function maximum(call: OperatorCall): Value {
  return clamped(call, bound(call), Infinity);
}

/** Identity, and Cast between float types. */
export function identity(call: OperatorCall): Value {
  return call.activation(0);
}

/** Dropout at inference passes its input on; `training_mode` is an input from operator set 12 on. */
export function dropout(call: OperatorCall): Value {
  const training = call.optionalConstant(2, 'training mode')?.values[0] ?? 0;
  return training === 0 ? call.activation(0) : call.refuse('it is in training mode');
}

/**
 * Adds a constant, to the bias of the layer before where it has one. The bias was made by this conversion and belongs to a graph that is not
 * finished, so it is changed in place.
 */
function addConstant(call: OperatorCall, target: Activation, offset: Constant): Value {
  const bias = target.openBias;
  if (bias === null) return shifted(call);
  const channels = perChannel(target, offset, bias.length);
  if (channels === null) {
    const shapes = `${formatShape(offset.shape)} to ${formatShape(target.shape)}`;
    return call.refuse(`adding a constant of ${shapes} is not one number per channel`);
  }
  for (let c = 0; c < bias.length; c += 1) bias[c]! += channels[c]!;
  forgetSum(call, target, bias);
  return target;
}

/** A quantized sum replaces the quantization before the constant was added, and the bias is that of the file no more. */
function forgetSum({ conversion: { quantized } }: OperatorCall, { id, label }: Activation, bias: Float32Array): void {
  quantized.biases.delete(bias);
  if (quantized.tensors.delete(id)) {
    quantized.notes.add(`${label} and the constant added to it are one layer here, without the rounding between them`);
  }
}

/** Add: the sum of two activations of one shape, or of an activation and a bias. */
export function add(call: OperatorCall): Value {
  const [first, second] = [call.inputs[0] ?? null, call.inputs[1] ?? null];
  if (first?.kind === 'constant') return addConstant(call, call.activation(1), first);
  const a = call.activation(0);
  if (second?.kind === 'constant') return addConstant(call, a, second);
  const b = call.activation(1);
  if (!sameShape(a.shape, b.shape)) {
    return call.mismatch(`Add takes two tensors of one shape, not ${formatShape(a.shape)} and ${formatShape(b.shape)}`);
  }
  if (!sameView(a, b)) return call.refuse('its operands differ in layout, and one would have to be transposed');
  const other = call.shaped(b, call.shapeOf(a.id));
  return call.result(call.emit('add', [a.id, other], { activation: null }, {}), a);
}
