/** The output folder as a module of Zephyr: `ZEPHYR_EXTRA_MODULES`, or a project of a west manifest. */
import type { OutputFiles } from '../emit.ts';
import { render } from '../templates.ts';
import type { Library } from './library.ts';

/** `zephyr/`. */
export function zephyr({ templates, file, sources, kernelSources, portable, portableOnly }: Library): OutputFiles {
  const view = { ...file, sources, kernelSources, portable, portableOnly };
  return new Map([
    ['zephyr/module.yml', render(templates, 'integrations/zephyr/module.yml.hbs', view)],
    ['zephyr/CMakeLists.txt', render(templates, 'integrations/zephyr/CMakeLists.txt.hbs', view)],
    ['zephyr/Kconfig', render(templates, 'integrations/zephyr/Kconfig.hbs', view)],
  ]);
}
