/** The output folder as a library of PlatformIO: `lib_deps`, or a folder below `lib/`. */
import type { OutputFiles } from '../emit.ts';
import { render } from '../templates.ts';
import type { Library } from './library.ts';

/** PlatformIO takes dashes, but neither several in a row nor one at an end. */
const slugOf = (name: string): string => name.replace(/_+/g, '-').replace(/-$/, '');

/** `library.json`. */
export function platformio({ program, templates, file, sources, kernelSources, license }: Library): OutputFiles {
  const { name, version } = program;
  const view = { ...file, version, license, slug: slugOf(name), sources, kernelSources };
  return new Map([['library.json', render(templates, 'integrations/platformio/library.json.hbs', view)]]);
}
