/**
 * The self-test of a network on a board: an input that the board makes itself, so that it takes no flash, and the checksums
 * of what the interpreter makes of it.
 */

import { commentText, wrapValues } from '../codegen/format.ts';
import { fileView } from '../codegen/program.ts';
import { render, type TemplateFiles } from '../codegen/templates.ts';
import { type Graph, int8Bytes, tensorOf } from '../graph/graph.ts';
import { runInt8 } from '../interpreter/run-int8.ts';
import { mapShape } from '../ir/shape.ts';
import { bytesOf, fnv1a } from '../numerics/fnv1a.ts';
import type { InputMode } from '../plan/schedule.ts';

/** A network as it was compiled. */
export interface CompiledNetwork {
  readonly name: string;
  /** Version of snug that compiled it. */
  readonly version: string;
  readonly graph: Graph<'quantized'>;
  readonly input: InputMode;
  /** Tensors that the executed layers make, in the order of the layers' numbers. */
  readonly layers: readonly number[];
}

/** Any number does: it begins the pattern. */
const SEED = 1;

/** The pattern of the emitted `fill`: upper bytes of a linear congruential generator (Numerical Recipes, section 7.1). */
export function patternInput(count: number): Int8Array {
  let state = SEED;
  return Int8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

const constant = (value: number): string => `0x${value.toString(16).padStart(8, '0')}u`;

/** `main.c` of the self-test. */
export function selfTestSource(network: CompiledNetwork, board: string, templates: TemplateFiles): string {
  const { name, version, graph, input, layers } = network;
  const shape = tensorOf(graph, graph.input);
  const checksums = new Map<number, number>();
  const output = runInt8(graph, patternInput(int8Bytes(shape)), (tensor, data) =>
    checksums.set(tensor, fnv1a(bytesOf(data))),
  );
  const streamed = input === 'streamed';
  const map = mapShape(shape.shape);
  return render(templates, 'firmware/self_test.c.hbs', {
    ...{ name, upper: name.toUpperCase(), banner: fileView({ name, version }).banner, board: commentText(board) },
    expectedOutput: constant(fnv1a(bytesOf(output))),
    layers: wrapValues(
      layers.map(tensor => constant(checksums.get(tensor)!)),
      '    ',
    ),
    seed: `${SEED}u`,
    ...{ streamed, callerInput: input === 'caller', rowBytes: map.width * map.channels, height: map.height },
  });
}
