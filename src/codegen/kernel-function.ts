/**
 * A kernel call as a C function: its signature, the structs that it passes by address, and the text of the call. What the
 * operator leaves open until run time becomes a parameter.
 */
import type { Argument, FieldValue, KernelCall, RunTimeValue } from '../ir/kernel-call.ts';
import type { ExecutedLayer, Program } from './program.ts';
import { tableSymbol } from './tables.ts';
import type { KernelFunctionView } from './views.ts';

/** Parameters that are known at run time only, in the order of a signature. */
type RunTimeName = Exclude<RunTimeValue['runtime'], 'capacity'>;
const RUN_TIME: readonly RunTimeName[] = ['position', 'count', 'rows', 'top'];

/** Values for the parameters of one invocation, as C expressions. */
export interface Invocation {
  readonly inputs: readonly string[];
  readonly output: string;
  readonly runTime?: Partial<Readonly<Record<RunTimeName, string>>>;
}

/** The function and how to call it. */
export interface KernelFunction {
  readonly view: KernelFunctionView;
  /** True where the kernel takes scratch. */
  readonly usesContext: boolean;
  /** The C expression that calls it; its value is a status. */
  invoke(values: Invocation): string;
}

/** What a function is made from besides its call. */
export interface FunctionContext {
  readonly program: Program;
  readonly layer: ExecutedLayer;
  /** For the comment in front of it. */
  readonly title: string;
  /** Appended to the name of the layer's function. */
  readonly suffix: string;
  /** Inputs of the call: those of the layer, or one where the call works on what another has prepared. */
  readonly inputs: number;
  /** Pixels of the input's line buffer, for calls that ask. */
  readonly capacity: number;
}

function inputVariable(index: number, count: number): string {
  return count === 1 ? 'input' : `input_${index + 1}`;
}

function runTimeText({ runtime, times = 1 }: RunTimeValue, capacity: number): string {
  const name = runtime === 'capacity' ? String(capacity) : runtime;
  return times === 1 ? name : `${times} * ${name}`;
}

const isRunTime = (value: FieldValue): value is RunTimeValue => typeof value === 'object' && 'runtime' in value;
const isNested = (value: FieldValue): boolean => Array.isArray(value);

function initializer({ program, layer, capacity }: FunctionContext, value: FieldValue, depth: number): string {
  const print = (inner: FieldValue, level: number): string => {
    if (typeof inner === 'number') return String(inner);
    if (isRunTime(inner)) return runTimeText(inner, capacity);
    if ('table' in inner) return `${program.name.toUpperCase()}_NOT_CONST(${tableSymbol(program, layer, inner.table)})`;
    const fields = inner.map(field => `.${field.name} = ${print(field.value, level + 1)}`);
    const nested = level === 0 && inner.some(field => typeof field.value === 'object' && !isRunTime(field.value));
    return nested ? `{\n        ${fields.join(',\n        ')},\n    }` : `{ ${fields.join(', ')} }`;
  };
  return print(value, depth);
}

function runTimeIn(value: FieldValue): readonly RunTimeName[] {
  if (isRunTime(value)) return value.runtime === 'capacity' ? [] : [value.runtime];
  return isNested(value) ? (value as readonly { value: FieldValue }[]).flatMap(field => runTimeIn(field.value)) : [];
}

function argumentText(context: FunctionContext, argument: Argument): string {
  const { program, layer, inputs, capacity } = context;
  switch (argument.kind) {
    case 'input':
      return inputVariable(argument.index, inputs);
    case 'output':
      return 'output';
    case 'context':
      return 'ctx';
    case 'local':
      return `&${argument.name}`;
    case 'table':
      return tableSymbol(program, layer, argument.name);
    case 'number':
      return `/* ${argument.name} */ ${argument.value}`;
    case 'runtime':
      return argument.name === argument.value.runtime && argument.value.runtime !== 'capacity'
        ? runTimeText(argument.value, capacity)
        : `/* ${argument.name} */ ${runTimeText(argument.value, capacity)}`;
    case 'window':
      return `&${windowSymbol(layer)}`;
  }
}

/** C identifier of the `flow_window` of a layer. */
export function windowSymbol(layer: ExecutedLayer): string {
  return `window_${layer.number}_${layer.label}`;
}

/** The function for one call of a layer. */
export function kernelFunction(call: KernelCall, context: FunctionContext): KernelFunction {
  const { layer, inputs } = context;
  const used = new Set<RunTimeName>([
    ...call.locals.flatMap(({ fields }) => runTimeIn(fields)),
    ...call.arguments.flatMap(given => (given.kind === 'runtime' ? runTimeIn(given.value) : [])),
  ]);
  const runTime = RUN_TIME.filter(name => used.has(name));
  const usesContext = call.arguments.some(({ kind }) => kind === 'context');
  const name = `layer_${layer.number}_${layer.label}${context.suffix}`;
  const parameters = [
    ...(usesContext ? ['const cmsis_nn_context *ctx'] : []),
    ...Array.from({ length: inputs }, (_, i) => `const int8_t *${inputVariable(i, inputs)}`),
    'int8_t *output',
    ...runTime.map(parameter => `int32_t ${parameter}`),
  ];
  const values = call.arguments.map(argument => argumentText(context, argument));
  return {
    usesContext,
    view: {
      number: layer.number,
      title: context.title,
      function: name,
      parameters: parameters.join(', '),
      locals: call.locals.map(({ type, name: local, fields }) => ({
        storage: runTimeIn(fields).length > 0 ? 'const' : 'static const',
        type,
        name: local,
        initializer: initializer(context, fields, 0),
      })),
      returnsStatus: call.returnsStatus,
      call: `${call.function}(\n        ${values.join(',\n        ')})`,
    },
    invoke({ inputs: pointers, output, runTime: given = {} }) {
      const passed = [
        ...(usesContext ? ['&ctx'] : []),
        ...pointers,
        output,
        ...runTime.map(parameter => given[parameter] ?? ''),
      ];
      return `${name}(${passed.join(', ')})`;
    },
  };
}
