/**
 * Constructors of `Flow`, shared by the operators: a call over a part of a map is the call over the whole with some fields
 * that are known only at run time.
 */
import type { Flow, FlowWindow } from '../ir/flow.ts';
import type { FieldValue, KernelCall, RunTimeValue, StructField } from '../ir/kernel-call.ts';
import { type MapShape, mapShape, type Shape } from '../ir/shape.ts';
import { turned } from './cmsis-nn-detours.ts';
import { argument, pointwiseScratch } from './lowering.ts';
import { resolvePadding, type Window } from './window.ts';

/** Pixels of the call, or `times` that many elements. */
export function count(times = 1): RunTimeValue {
  return times === 1 ? { runtime: 'count' } : { runtime: 'count', times };
}

function replaceFields(fields: readonly StructField[], values: Readonly<Record<string, FieldValue>>): StructField[] {
  return fields.map(({ name, value }) => ({ name, value: values[name] ?? value }));
}

/** The same call with other values in some fields of its structs. */
function withFields(
  call: KernelCall,
  values: Readonly<Record<string, Readonly<Record<string, FieldValue>>>>,
): KernelCall {
  const locals = call.locals.map(local => ({
    ...local,
    fields: replaceFields(local.fields, values[local.name] ?? {}),
  }));
  return { ...call, locals };
}

/** The window of an operator over a given map. */
export function flowWindow(window: Window, input: MapShape, output: MapShape): FlowWindow {
  const { top, left } = resolvePadding(window, input);
  return {
    input: [input.height, input.width],
    output: [output.height, output.width],
    kernel: window.kernel,
    stride: window.stride,
    top,
    left,
  };
}

const COLUMN_OF_PIXELS = { h: count(), w: 1 };

/** A pointwise convolution over any number of pixels: they lie in one column. */
export function pointwiseFlow(whole: KernelCall): Flow {
  return {
    kind: 'pixels',
    call: withFields(whole, { input_dims: COLUMN_OF_PIXELS, output_dims: COLUMN_OF_PIXELS }),
  };
}

/**
 * The call over the rows at hand for one row of output: padding is what is left of it above them, and the kernel clips the
 * window below. Null where a step is longer than the window, so that rows would arrive that nothing reads, and
 * where a window lies in the padding alone.
 */
export function rowsOf(whole: KernelCall, { kernel, stride, top, input, output }: FlowWindow): KernelCall | null {
  const lowest = (output[0] - 1) * stride[0] - top;
  if (kernel[0] < stride[0] || kernel[0] <= top || lowest >= input[0]) return null;
  const locals = whole.locals.map(local => ({
    ...local,
    fields: replaceFields(
      local.fields,
      local.fields.some(field => field.name === 'padding') ? paddingOf(local.fields) : {},
    ),
  }));
  return withFields({ ...whole, locals }, { input_dims: { h: { runtime: 'rows' } }, output_dims: { h: 1 } });
}

/** `rowsOf` for a window of one row, which has one row at hand at a time: turned as a call over a map of one row is. */
export function rowsOfRowWindow(whole: KernelCall, window: FlowWindow): KernelCall | null {
  const rows = rowsOf(window.input[0] === 1 ? turned(whole) : whole, window);
  return rows === null ? null : turned(rows);
}

function paddingOf(fields: readonly StructField[]): Readonly<Record<string, FieldValue>> {
  const padding = fields.find(field => field.name === 'padding')!.value as readonly StructField[];
  return { padding: replaceFields(padding, { h: { runtime: 'top' } }) };
}

/**
 * A convolution whose windows were gathered side by side: a pointwise one over columns of `depth` values, which is the
 * order in which the weights of an output channel lie.
 */
export function gatheredConvolution(whole: KernelCall, depth: number): KernelCall {
  const tile = (value: number): readonly StructField[] => [
    { name: 'w', value },
    { name: 'h', value },
  ];
  const call = withFields(whole, {
    conv_params: { stride: tile(1), padding: tile(0), dilation: tile(1) },
    input_dims: { ...COLUMN_OF_PIXELS, c: depth },
    filter_dims: { h: 1, w: 1, c: depth },
    output_dims: COLUMN_OF_PIXELS,
  });
  return { ...call, library: 'snug', function: 'pointwise_s8', ...pointwiseScratch(depth) };
}

/** A call over elements whose number is the argument `name`: as many as the pixels of the call have. */
export function elementwiseFlow(whole: KernelCall, name: string, shape: Shape): Flow {
  const elements = count(mapShape(shape).channels);
  const values = whole.arguments.map(given =>
    given.kind === 'number' && given.name === name ? argument.runtime(name, elements) : given,
  );
  return { kind: 'pixels', call: { ...whole, arguments: values } };
}
