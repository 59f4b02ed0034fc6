/** The fixtures of the TensorFlow Lite frontend: a file, an input, and what TensorFlow Lite's reference kernels computed. */
import { existsSync, readFileSync } from 'node:fs';
import { loadTflite } from '../../src/frontends/tflite/index.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { runInt8 } from '../../src/interpreter/run-int8.ts';
import { bytesOf, fnv1a } from '../../src/numerics/fnv1a.ts';

const FOLDER = new URL('../frontends/tflite/fixtures/', import.meta.url);

export function fixtureBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, FOLDER)));
}

export function fixtureFloats(name: string): Float32Array {
  return new Float32Array(fixtureBytes(name).buffer);
}

/** Integers as snug has them: a file of uint8 has 128 more. */
export function fixtureIntegers(name: string): Int8Array {
  const unsigned = `${name}.u8`;
  if (!existsSync(new URL(unsigned, FOLDER))) return new Int8Array(fixtureBytes(`${name}.i8`).buffer);
  return Int8Array.from(fixtureBytes(unsigned), value => value - 128);
}

export function fixtureText(name: string): string {
  return readFileSync(new URL(name, FOLDER), 'utf8');
}

export function quantizedGraph(bytes: Uint8Array, file: string): Graph<'quantized'> {
  const { graph } = loadTflite(bytes, { file });
  if (graph.stage !== 'quantized') throw new Error(`${file} is ${graph.stage}`);
  return graph;
}

/** One line for each operator of the file, `1 CONV_2D bytes=401408 fnv1a=2581b412`, beside that of snug. */
export interface Compared {
  readonly expected: readonly string[];
  readonly actual: readonly string[];
  readonly output: Int8Array;
}

/**
 * Runs a network and names each operator's output by size and hash as `listing` does. An operator without a layer (QUANTIZE
 * at either end, RESHAPE, and PAD, which the convolution behind it takes over) has the bytes of the layer before.
 */
export function compareOperators(graph: Graph<'quantized'>, input: Int8Array, listing: string): Compared {
  const lines = listing.trim().split('\n');
  const hashes = new Map<number, string>();
  const name = (data: Int8Array): string =>
    `bytes=${data.length} fnv1a=${fnv1a(bytesOf(data)).toString(16).padStart(8, '0')}`;
  const output = runInt8(graph, input, (id, data) => hashes.set(id, name(data)));
  const layers = [...graph.nodes];
  let last = hashes.get(graph.input)!;
  const actual = lines.map((line, index) => {
    const [number = '', operator = ''] = line.split(' ');
    if (operator === 'PAD') return line;
    if (operator === 'QUANTIZE') {
      if (index > 0) last = name(output.map(value => value - 128));
    } else {
      last = hashes.get(layers.shift()!.output)!;
    }
    return `${number} ${operator} ${last}`;
  });
  return { expected: lines, actual, output };
}
