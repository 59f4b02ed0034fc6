/** AVERAGE_POOL_2D and MEAN over height and width. */
import { formatShape, mapShape } from '../../../ir/shape.ts';
import type { OperatorCall, Value } from '../call.ts';
import { slots } from '../schema.ts';
import { paddingRule } from '../window.ts';

/** A window over the whole map becomes `global`, so that the network can be compiled for other sizes. */
export function averagePool(call: OperatorCall): Value {
  const input = call.map(call.activation(0));
  const { height, width } = mapShape(call.conversion.target.shapeOf(input));
  const fields = slots.pool;
  const kernel = [call.option(fields.filterHeight), call.option(fields.filterWidth)] as const;
  const stride = [call.option(fields.strideHeight), call.option(fields.strideWidth)] as const;
  const padding = paddingRule(call, fields.padding);
  const whole = padding === 'valid' && kernel[0] === height && kernel[1] === width;
  const activation = call.activationOption(fields.activation);
  return call.result(
    call.plain('averagePool', [input], { window: whole ? 'global' : { kernel, stride, padding }, activation }),
  );
}

/** In float graphs an averagePool, which every runtime has; in quantized ones snug's `mean`, with its own quantization. */
export function mean(call: OperatorCall): Value {
  const value = call.activation(0);
  const axes = call.integers(1, 'axes').map(axis => (axis < 0 ? axis + value.shape.length : axis));
  if (value.shape.length !== 4 || new Set(axes).size !== 2 || !axes.includes(1) || !axes.includes(2)) {
    return call.refuse(
      `it takes the mean of ${formatShape(value.shape)} over dimensions ${axes.join(', ')}; only 1 and 2 of a map are supported`,
    );
  }
  const input = call.map(value);
  const keepDimensions = call.option(slots.reducer.keepDimensions, 0, 'int8') !== 0;
  if (!call.conversion.target.float) return call.result(call.plain('mean', [input], { keepDimensions }));
  const id = call.plain('averagePool', [input], { window: 'global', activation: null });
  const channels = mapShape(call.conversion.target.shapeOf(id)).channels;
  return call.result(id, keepDimensions ? [1, 1, 1, channels] : [1, channels]);
}
