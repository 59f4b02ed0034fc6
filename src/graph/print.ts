/** A graph as stable text, for `--dump-after`, golden tests and reading: one line a tensor's maker, in execution order. */
import { formatShape } from '../ir/shape.ts';
import { fnv1a } from '../numerics/fnv1a.ts';
import { type Graph, type Stage, type Tensor, tensorOf } from './graph.ts';

function formatValue(value: unknown): string {
  if (ArrayBuffer.isView(value)) {
    const checksum = fnv1a(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    return `${value.constructor.name}[${(value as Int8Array).length}]#${checksum.toString(16).padStart(8, '0')}`;
  }
  if (Array.isArray(value)) return `[${value.map(formatValue).join(', ')}]`;
  if (value !== null && typeof value === 'object') return `{${formatFields(value)}}`;
  return String(value);
}

function formatFields(fields: object): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${formatValue(value)}`)
    .join(', ');
}

function formatTensor(tensor: Tensor<Stage>): string {
  const facts = Object.entries(tensor).filter(([key]) => key === 'range' || key === 'quantization');
  const suffix = facts.map(([key, value]) => ` ${key} {${formatFields(value as object)}}`).join('');
  return `%${tensor.id} ${formatShape(tensor.shape)}${suffix}`;
}

/** Constants appear by type, length and FNV-1a-32 checksum, so that the text stays short and every change shows. */
export function printGraph<S extends Stage>(graph: Graph<S>): string {
  const tensor = (id: number): Tensor<Stage> => tensorOf(graph, id as never) as Tensor<Stage>;
  const lines = [
    `graph ${graph.name} (${graph.stage}, weights ${graph.weights})`,
    `  input ${formatTensor(tensor(graph.input))}`,
    ...graph.nodes.map(node => {
      const inputs = node.inputs.map(id => `%${id}`).join(', ');
      const parts = [formatFields(node.attributes), formatFields(node.parameters)].filter(part => part !== '');
      return `  ${formatTensor(tensor(node.output))} = ${node.kind} "${node.name}" (${inputs})${parts.map(p => ` {${p}}`).join('')}`;
    }),
    `  output %${graph.output}`,
  ];
  return `${lines.join('\n')}\n`;
}
