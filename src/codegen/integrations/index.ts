/** Files that make an output folder a module of another build system, one file of this folder for each. */
import { integrationNeedsKernels } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import type { KernelChoice } from '../../plan/select-kernels.ts';
import type { OutputFiles } from '../emit.ts';
import type { Program } from '../program.ts';
import type { TemplateFiles } from '../templates.ts';
import { arduino } from './arduino.ts';
import { cmsisPack } from './cmsis-pack.ts';
import { espIdf } from './esp-idf.ts';
import { type Integration, libraryOf } from './library.ts';
import { platformio } from './platformio.ts';
import { zephyr } from './zephyr.ts';

/** Their names, in the order in which they are emitted. */
export const INTEGRATIONS = ['zephyr', 'cmsis-pack', 'platformio', 'arduino', 'esp-idf'] as const;

/** An integration, as flags and configurations call it. */
export type IntegrationName = (typeof INTEGRATIONS)[number];

/** What each adds, and whether its build system has CMSIS-NN to offer. */
const REGISTRY: Readonly<Record<IntegrationName, { readonly emit: Integration; readonly hasCmsisNn: boolean }>> = {
  zephyr: { emit: zephyr, hasCmsisNn: true },
  'cmsis-pack': { emit: cmsisPack, hasCmsisNn: true },
  platformio: { emit: platformio, hasCmsisNn: false },
  arduino: { emit: arduino, hasCmsisNn: false },
  'esp-idf': { emit: espIdf, hasCmsisNn: false },
};

/** @throws SnugError `integrationNeedsKernels` where the output would hold no kernels and the build system has none */
export function checkIntegrations(integrations: readonly IntegrationName[], kernels: KernelChoice): void {
  const without = kernels === 'cmsis-nn' ? integrations.filter(name => !REGISTRY[name].hasCmsisNn) : [];
  if (without.length > 0) throw new SnugError(integrationNeedsKernels({ integrations: [...new Set(without)] }));
}

/** @param sources what `emitProgram` made of the program */
export function emitIntegrations(
  integrations: readonly IntegrationName[],
  program: Program,
  sources: OutputFiles,
  templates: TemplateFiles,
): OutputFiles {
  checkIntegrations(integrations, program.kernels);
  const library = libraryOf(program, sources, templates);
  return new Map(
    INTEGRATIONS.filter(name => integrations.includes(name)).flatMap(name => [...REGISTRY[name].emit(library)]),
  );
}
