/** Functions of snug's own that a program needs: each once, after those that it calls itself. */
import { helperSource, type TemplateFiles } from './templates.ts';

/** What a helper uses of others; helpers without a line use none. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  flow_taps: ['flow_window'],
  flow_ready: ['flow_window'],
  flow_rows: ['flow_window'],
  flow_gather: ['flow_taps'],
  average_ring_s8: ['flow_taps'],
  mean_s8: ['mean_rescale'],
  rescaled_mean_of_sums_s8: ['mean_rescale'],
  flow_mve: ['flow_taps', 'flow_multiply'],
  depthwise_ring_s8: ['flow_taps', 'flow_multiply', 'flow_mve'],
};

/**
 * Sources of the named helpers and of all that they need, in an order in which they compile.
 * @throws RangeError where the installation lacks one
 */
export function helperSources(files: TemplateFiles, names: Iterable<string>): readonly { readonly source: string }[] {
  const ordered: string[] = [];
  const add = (name: string): void => {
    if (ordered.includes(name)) return;
    for (const needed of NEEDS[name] ?? []) add(needed);
    ordered.push(name);
  };
  for (const name of [...names].sort()) add(name);
  return ordered.map(name => ({ source: helperSource(files, name) }));
}
