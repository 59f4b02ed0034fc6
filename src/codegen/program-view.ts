/** The view of `<name>.c`: one function for each layer, and the pointers that `run` hands to them. */
import { int8Bytes, type Tensor, tensorOf } from '../graph/graph.ts';
import type { Argument, FieldValue } from '../ir/kernel-call.ts';
import { formatShape } from '../ir/shape.ts';
import type { TensorId } from '../ir/units.ts';
import { floatOperator } from '../ops/index.ts';
import { thousands } from './format.ts';
import { pixelsView, takesClasses } from './header-view.ts';
import { type ExecutedLayer, executedLayers, fileView, type Program } from './program.ts';
import { tableSymbol } from './tables.ts';
import { helperSource, type TemplateFiles } from './templates.ts';
import type { LayerView, ProgramView } from './views.ts';

function pointerTo(program: Program, id: TensorId): string {
  const location = program.plan.locations[id]!;
  return location.kind === 'arena' ? `memory + ${location.offset}` : location.kind;
}

/** Fields on one line each, nested structs inline. */
function initializer(program: Program, layer: ExecutedLayer, value: FieldValue, depth: number): string {
  if (typeof value === 'number') return String(value);
  if ('table' in value) return `${program.name.toUpperCase()}_NOT_CONST(${tableSymbol(program, layer, value.table)})`;
  const fields = value.map(field => `.${field.name} = ${initializer(program, layer, field.value, depth + 1)}`);
  const nested = value.some(field => typeof field.value === 'object');
  return depth === 0 && nested ? `{\n        ${fields.join(',\n        ')},\n    }` : `{ ${fields.join(', ')} }`;
}

function inputVariable(index: number, count: number): string {
  return count === 1 ? 'input' : `input_${index + 1}`;
}

function argumentText(program: Program, layer: ExecutedLayer, argument: Argument): string {
  switch (argument.kind) {
    case 'input':
      return inputVariable(argument.index, layer.step.node.inputs.length);
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
  }
}

function layerTitle(program: Program, layer: ExecutedLayer): string {
  const { node } = layer.step;
  const inputs = node.inputs.map(id => tensorOf(program.graph, id).shape);
  const output = tensorOf(program.graph, node.output);
  const macs = floatOperator(node.kind).macs(node.attributes as never, inputs, output.shape);
  const work = macs === 0 ? '' : `, ${thousands(macs)} MACs`;
  const { scale, zeroPoint } = (output as Tensor<'quantized'>).quantization;
  return (
    `${node.name}: ${node.kind}, ${inputs.map(formatShape).join(' and ')} to ${formatShape(output.shape)}${work}; ` +
    `output scale ${scale.toPrecision(9)}, zero point ${zeroPoint}`
  );
}

function layerView(program: Program, layer: ExecutedLayer): LayerView {
  const { node, call } = layer.step;
  const values = call.arguments.map(argument => argumentText(program, layer, argument));
  const separator = `,\n        `;
  return {
    number: layer.number,
    label: layer.label,
    title: layerTitle(program, layer).replaceAll('*/', '* /'),
    function: `layer_${layer.number}_${layer.label}`,
    usesContext: call.arguments.some(argument => argument.kind === 'context'),
    inputs: node.inputs.map((id, i) => ({
      variable: inputVariable(i, node.inputs.length),
      pointer: pointerTo(program, id),
    })),
    outputPointer: pointerTo(program, node.output),
    outputBytes: int8Bytes(tensorOf(program.graph, node.output)),
    locals: call.locals.map(({ type, name, fields }) => ({
      type,
      name,
      initializer: initializer(program, layer, fields, 0),
    })),
    returnsStatus: call.returnsStatus,
    call: `${call.function}(\n        ${values.join(separator)})`,
  };
}

/**
 * The executed layers, and the helper functions that they call, each once.
 * @throws RangeError where the installation lacks a helper
 */
export function programView(program: Program, files: TemplateFiles, title: string): ProgramView {
  const layers = executedLayers(program.plan);
  const helpers = new Set(
    layers.filter(({ step }) => step.call.library === 'snug').map(({ step }) => step.call.function),
  );
  const views = layers.map(layer => layerView(program, layer));
  const usesArena = views.some(view =>
    [view.outputPointer, ...view.inputs.map(i => i.pointer)].some(p => p.startsWith('memory')),
  );
  const usesContext = views.some(view => view.usesContext);
  return {
    ...fileView(program),
    title,
    portableOnly: program.kernels === 'portable',
    helpers: [...helpers].sort().map(name => ({ source: helperSource(files, name) })),
    layers: views,
    usesArena,
    usesContext,
    touchesArena: usesArena || usesContext,
    pixels: pixelsView(program),
    classes: takesClasses(program),
  };
}
