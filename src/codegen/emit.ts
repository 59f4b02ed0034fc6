/** A program as files: paths below the output folder, and their text. Deterministic: no dates, no paths of a machine. */

import { boardView } from './board-view.ts';
import { goldenView } from './golden-view.ts';
import { headerView, takesClasses } from './header-view.ts';
import { checkName } from './naming.ts';
import { fileView, type Program } from './program.ts';
import { programView } from './program-view.ts';
import { weightsView } from './tables.ts';
import { portableKernels, render, type TemplateFiles } from './templates.ts';

/** Text by path below the output folder, with `/`. */
export type OutputFiles = ReadonlyMap<string, string>;

function describe(program: Program): string {
  const { graph } = program;
  const input = graph.tensors[graph.input]!.shape.slice(1).join('x');
  const output = graph.tensors[graph.output]!.shape.slice(1).join('x');
  return `an int8 network from ${input} to ${output}${takesClasses(program) ? ' classes' : ''}`;
}

/** The C sources, the build file and the golden test; the manifest and the report are added by the pipeline. */
export function emitProgram(program: Program, files: TemplateFiles): OutputFiles {
  const name = checkName(program.name);
  const title = describe(program);
  const portable = program.kernels !== 'cmsis-nn';
  const kernels = portable ? portableKernels(files) : new Map<string, string>();
  const code = programView(program, files, title);
  const output = new Map<string, string>([
    [`${name}.h`, render(files, 'header.h.hbs', headerView(program, title))],
    [`${name}.c`, render(files, 'program.c.hbs', code)],
    [`${name}_weights.h`, render(files, 'weights.h.hbs', weightsView(program, false))],
    [`${name}_weights.c`, render(files, 'weights.c.hbs', weightsView(program, true))],
    [
      'CMakeLists.txt',
      render(files, 'CMakeLists.txt.hbs', {
        ...fileView(program),
        portable,
        portableOnly: program.kernels === 'portable',
        goldenTest: program.golden.length > 0,
        kernelSources: [...kernels.keys()].filter(path => path.endsWith('.c')),
        kernelTarget: `\${${name.toUpperCase()}_KERNELS}`,
      }),
    ],
  ]);
  const { placement } = program.plan;
  if (placement !== null) {
    output.set(`boards/${placement.target}/${name}.ld`, render(files, 'board.ld.hbs', boardView(program, placement)));
  }
  for (const [path, text] of kernels) output.set(`cmsis_nn/${path}`, text);
  if (program.golden.length > 0) {
    const view = goldenView(program);
    output.set(`test/${name}_golden.h`, render(files, 'test/golden.h.hbs', view));
    output.set(`test/${name}_golden.c`, render(files, 'test/golden.c.hbs', view));
    output.set(`test/${name}_test.c`, render(files, 'test/main.c.hbs', view));
  }
  return output;
}
