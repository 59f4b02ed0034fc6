/** The one function that a configuration calls, for the sake of its parameter's type. */
import type { SnugConfig } from './snug-config.ts';

/** Returns its argument; in a `snug.config.ts` it gives completion and lets mistakes show in the editor. */
export function defineConfig(config: SnugConfig): SnugConfig {
  return config;
}
