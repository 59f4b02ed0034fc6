/** A component of ESP-IDF, whose sources are the output folder's: the component's folder has the network's name. */
import type { OutputFiles } from '../emit.ts';
import { render } from '../templates.ts';
import type { Library } from './library.ts';

/** `esp-idf/<name>/`. */
export function espIdf({ program, templates, file, sources, kernelSources, license }: Library): OutputFiles {
  const { name, version } = program;
  const view = { ...file, version, license, sources, kernelSources };
  const root = `esp-idf/${name}`;
  return new Map([
    [`${root}/CMakeLists.txt`, render(templates, 'integrations/esp-idf/CMakeLists.txt.hbs', view)],
    [`${root}/idf_component.yml`, render(templates, 'integrations/esp-idf/idf_component.yml.hbs', view)],
  ]);
}
