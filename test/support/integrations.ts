/** Small programs with the files of their integrations, in memory or in a folder. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { emitProgram } from '../../src/codegen/emit.ts';
import { emitIntegrations, INTEGRATIONS, type IntegrationName } from '../../src/codegen/integrations/index.ts';
import type { InputMode } from '../../src/plan/schedule.ts';
import type { KernelChoice } from '../../src/plan/select-kernels.ts';
import { quantizedProgram } from './quantized.ts';
import { smallGraph } from './small-graphs.ts';
import { templates } from './templates.ts';

interface Options {
  readonly kernels?: KernelChoice;
  readonly integrations?: readonly IntegrationName[];
  /** Layer by layer unless given. */
  readonly input?: InputMode;
  /** False ends with a map, of which there is no top-1. */
  readonly classes?: boolean;
}

/** Everything that is written for a network of a few layers. */
export async function withIntegrations(name: string, options: Options = {}): Promise<ReadonlyMap<string, string>> {
  const { kernels = 'auto', integrations = INTEGRATIONS, input, classes = true } = options;
  const { builder, input: picture, conv, dense } = smallGraph();
  const map = conv('conv', picture);
  const graph = builder.finish(classes ? dense('dense', map, 5) : map);
  const stream = input === undefined ? {} : { stream: { input, budgetBytes: null } };
  const { program } = quantizedProgram(graph, { name, seed: 1, kernels, ...stream });
  const files = emitProgram(program, await templates());
  return new Map([...files, ...emitIntegrations(integrations, program, files, await templates())]);
}

export async function writeFiles(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

export type Files = ReadonlyMap<string, string>;

/** The text of a file that must be there. */
export const text = (files: Files, path: string): string => {
  const found = files.get(path);
  if (found === undefined) throw new Error(`there is no ${path}`);
  return found;
};

/** Sources of the network. */
export const rootC = (files: Files): readonly string[] =>
  [...files.keys()].filter(path => /^[^/]+\.c$/.test(path)).sort();
/** Sources of the portable kernels. */
const kernelC = (files: Files): readonly string[] =>
  [...files.keys()].filter(path => /^cmsis_nn\/.+\.c$/.test(path)).sort();
export const allC = (files: Files): readonly string[] => [...rootC(files), ...kernelC(files)].sort();

/** Semantic versioning 2.0.0, which all of these formats take. */
export const version: z.ZodString = z.string().regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/);
/** An expression of the SPDX specification, annex D, without exceptions and parentheses. */
export const spdx: z.ZodString = z.string().regex(/^[A-Za-z0-9.-]+( (AND|OR) [A-Za-z0-9.-]+)*$/);
