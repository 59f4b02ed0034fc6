/** Which `snug fit` searches sizes of the network that a command was asked for. */
import type { Flags } from './flags.ts';
import type { Settings } from './settings.ts';

/** As a shell takes it; paths with nothing special stay readable. */
const quoted = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/**
 * The flags of `snug fit` besides `--ram` and `--flash`, with a space in front of each: without them it would search other
 * networks, with 1000 classes and a resident input. Null for a model file, which has its own size.
 */
export function fitFlags({ model, plan }: Pick<Settings, 'model' | 'plan'>, { config }: Flags): string | null {
  if (model.kind === 'file') return null;
  const { classes, channels, padding } = model.options;
  const given: readonly (readonly [string, string | number | null | undefined])[] = [
    ['classes', classes],
    ['channels', channels],
    ['padding', padding],
    ['input', plan.input],
    ['kernels', plan.kernels === 'auto' ? null : plan.kernels],
    ['config', typeof config === 'string' ? config : null],
  ];
  const flags = given.flatMap(([name, value]) => (value == null ? [] : [` --${name} ${quoted(String(value))}`]));
  return [...flags, ...(config === false ? [' --no-config'] : [])].join('');
}
