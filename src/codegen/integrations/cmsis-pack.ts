/** The output folder as a CMSIS-Pack, and as a layer for a csolution project that takes the files without a pack. */
import type { OutputFiles } from '../emit.ts';
import { render } from '../templates.ts';
import type { Library } from './library.ts';

/** `CsubType` of PACK.xsd. */
const COMPONENT_LENGTH = 32;

function layer(library: Library, ofLibrary: boolean): string {
  const { templates, file, sources, headers, kernelSources, kernelHeaders } = library;
  const kernels = ofLibrary ? { kernelSources: [], kernelHeaders: [] } : { kernelSources, kernelHeaders };
  const view = { ...file, sources, headers, ...kernels, library: ofLibrary };
  return render(templates, 'integrations/cmsis-pack/layer.clayer.yml.hbs', view);
}

/** `snug.<name>.pdsc` and one layer for each choice of kernels that the program leaves. */
export function cmsisPack(library: Library): OutputFiles {
  const { program, templates, file, sources, headers, kernelSources, kernelHeaders, portable, license } = library;
  const { name, version } = program;
  const takesLibrary = !library.portableOnly;
  const view = {
    ...file,
    version,
    license,
    component: name.slice(0, COMPONENT_LENGTH),
    portable,
    library: takesLibrary,
    sources,
    headers,
    kernelSources,
    kernelHeaders,
  };
  const files = new Map([
    [`snug.${name}.pdsc`, render(templates, 'integrations/cmsis-pack/pack.pdsc.hbs', view)],
    ['LICENSE.txt', render(templates, 'integrations/cmsis-pack/LICENSE.txt.hbs', view)],
  ]);
  if (portable) files.set(`${name}.clayer.yml`, layer(library, false));
  if (takesLibrary) files.set(`${name}${portable ? '_cmsis_nn' : ''}.clayer.yml`, layer(library, true));
  return files;
}
