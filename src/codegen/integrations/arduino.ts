/** A library of Arduino, which must be a folder of its own: its build compiles all of `src/` and sees nothing beside it. */
import { mapShape } from '../../ir/shape.ts';
import type { OutputFiles } from '../emit.ts';
import { takesClasses } from '../header-view.ts';
import type { ArduinoView } from '../integration-views.ts';
import type { Program } from '../program.ts';
import { render } from '../templates.ts';
import type { Library } from './library.ts';

/** Where the sketch finds the input. */
function inputView({ graph, plan }: Program): Pick<ArduinoView, 'residentInput' | 'streamed'> {
  const { input } = plan.schedule;
  const { height } = mapShape(graph.tensors[graph.input]!.shape);
  return {
    residentInput: input === 'resident' && plan.locations[graph.input]!.kind === 'arena',
    streamed: input === 'streamed' ? { height } : null,
  };
}

/** `arduino/<name>/`. */
export function arduino(library: Library): OutputFiles {
  const { program, emitted, templates, file, license } = library;
  const { name, version } = program;
  const view = { ...file, version, license, ...inputView(program), classes: takesClasses(program) };
  const root = `arduino/${name}`;
  const files = new Map([
    [`${root}/library.properties`, render(templates, 'integrations/arduino/library.properties.hbs', view)],
    [`${root}/examples/Classify/Classify.ino`, render(templates, 'integrations/arduino/Classify.ino.hbs', view)],
  ]);
  for (const path of [...library.sources, ...library.headers, ...library.kernelSources, ...library.kernelHeaders]) {
    files.set(`${root}/src/${path.slice(path.lastIndexOf('/') + 1)}`, emitted.get(path)!);
  }
  return files;
}
