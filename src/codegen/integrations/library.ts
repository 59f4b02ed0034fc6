/** What every integration starts from: a program with the C that was emitted for it. */
import type { OutputFiles } from '../emit.ts';
import { fileView, type Program } from '../program.ts';
import type { TemplateFiles } from '../templates.ts';
import type { FileView } from '../views.ts';

/** A program as a library for others: its C files by kind, as paths below the output folder. */
export interface Library {
  readonly program: Program;
  /** The emitted text that an integration may copy. */
  readonly emitted: OutputFiles;
  readonly templates: TemplateFiles;
  readonly file: FileView;
  readonly sources: readonly string[];
  readonly headers: readonly string[];
  /** In `cmsis_nn/`; none where the program was compiled for the library's kernels. */
  readonly kernelSources: readonly string[];
  readonly kernelHeaders: readonly string[];
  /** True where the portable kernels are emitted. */
  readonly portable: boolean;
  /** True where nothing may take their place, because there is no scratch for it. */
  readonly portableOnly: boolean;
  /** SPDX expression over all of it. */
  readonly license: string;
}

/** The files that an integration adds. */
export type Integration = (library: Library) => OutputFiles;

/** The licence that the portable kernels state. */
const KERNEL_LICENSE = 'Apache-2.0';

/** @param emitted what `emitProgram` made of the program */
export function libraryOf(program: Program, emitted: OutputFiles, templates: TemplateFiles): Library {
  const file = fileView(program);
  const matching = (pattern: RegExp): readonly string[] =>
    [...emitted.keys()].filter(path => pattern.test(path)).sort();
  const portable = program.kernels !== 'cmsis-nn';
  const licenses = [file.outputLicense, ...(portable ? [KERNEL_LICENSE] : []), file.weightsLicense];
  return {
    program,
    emitted,
    templates,
    file,
    sources: matching(/^[^/]+\.c$/),
    headers: matching(/^[^/]+\.h$/),
    kernelSources: matching(/^cmsis_nn\/.+\.c$/),
    kernelHeaders: matching(/^cmsis_nn\/.+\.h$/),
    portable,
    portableOnly: program.kernels === 'portable',
    license: licenses.join(' AND '),
  };
}
