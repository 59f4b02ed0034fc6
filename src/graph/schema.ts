/**
 * The form of a quantized graph in a file that may be damaged: types and bounds of everything that later stages rely on. What
 * its parts must be to each other is checked by `verify` and by the operators' `prove`.
 */
import { z } from 'zod';
import { INT8_MAX, INT8_MIN } from '../ir/quantization.ts';
import { elementsOf } from '../ir/shape.ts';
import { MAX_ELEMENTS } from '../ir/size-limits.ts';
import { foldedKinds, foldedOperator } from '../ops/index.ts';
import { count } from '../ops/schemas.ts';
import { type Graph, type Node, originOf, tensorOf } from './graph.ts';

const id = z.int().min(0);

const tensor = z.strictObject({
  id,
  name: z.string(),
  shape: z
    .array(count)
    .min(1)
    .max(4)
    .refine(shape => elementsOf(shape) <= MAX_ELEMENTS, `expected at most ${MAX_ELEMENTS} elements`),
  quantization: z.strictObject({
    // The header of the C states it as a float.
    scale: z
      .number()
      .refine(value => Math.fround(value) > 0 && Number.isFinite(Math.fround(value)), 'expected a float above 0'),
    zeroPoint: z.int().min(INT8_MIN).max(INT8_MAX),
  }),
});

const origin = z.strictObject({
  file: z.string().exactOptional(),
  line: z.int().exactOptional(),
  column: z.int().exactOptional(),
  layer: z.string().exactOptional(),
  tensor: z.string().exactOptional(),
});

/** One form for each kind, so that a fault is reported in the fields of the kind that the node says it is. */
const node = z.discriminatedUnion(
  'kind',
  foldedKinds.map(kind => {
    const { schema, inputs } = foldedOperator(kind);
    return z.strictObject({
      kind: z.literal(kind),
      name: z.string(),
      attributes: schema.attributes,
      parameters: schema.parameters,
      inputs: z.array(id).length(inputs),
      output: id,
      origin,
    });
  }) as never,
);

const graph = z.strictObject({
  stage: z.literal('quantized'),
  name: z.string(),
  weights: z.enum(['file', 'seeded']),
  tensors: z.array(tensor).min(1),
  nodes: z.array(node),
  input: id,
  output: id,
});

/** The graph, or the first thing that is wrong with it and where. */
export function parseGraph(value: unknown): { readonly graph: Graph<'quantized'> } | { readonly problem: string } {
  const { success, error } = graph.safeParse(value);
  // The value itself, for the copy of the parser has its fields in another order. Branded ids and unions over kinds are types of
  // the compiler, which the form above follows field by field.
  if (success) return { graph: value as Graph<'quantized'> };
  const issue = error.issues[0]!;
  return { problem: `${issue.path.length === 0 ? 'its structure' : issue.path.join('.')}: ${issue.message}` };
}

/** @throws SnugError where the constants of a layer do not fit each other or the shapes */
export function proveConstants(proved: Graph<'quantized'>): void {
  for (const each of proved.nodes as readonly Node<'quantized'>[]) {
    const { prove } = foldedOperator(each.kind);
    prove?.({
      attributes: each.attributes,
      parameters: each.parameters,
      inputs: each.inputs.map(input => tensorOf(proved, input)),
      output: tensorOf(proved, each.output),
      origin: originOf(each),
    } as never);
  }
}
