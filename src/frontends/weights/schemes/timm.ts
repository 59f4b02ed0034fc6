/** Names of timm's `mobilenetv2_*` (`timm/models/efficientnet.py`): blocks in stages, the first one without expansion. */
import { channelsFirst, TORCH_NORM } from './channels-first.ts';
import { type ModulePlace, placeOf } from './module-place.ts';
import type { NamingScheme } from './scheme.ts';

const BLOCK = /^(blocks\.(\d+)\.(\d+))\./;

/** `blocks.<stage>.<repetition>` of the file, in the order of the network. */
function blocksOf(names: ReadonlySet<string>): readonly string[] {
  const blocks = new Map<string, readonly [stage: number, repetition: number]>();
  for (const name of names) {
    const [, block, stage, repetition] = BLOCK.exec(name) ?? [];
    if (block !== undefined) blocks.set(block, [Number(stage), Number(repetition)]);
  }
  return [...blocks].toSorted(([, a], [, b]) => a[0] - b[0] || a[1] - b[1]).map(([block]) => block);
}

/** The name that a block which the file lacks would have, as a stage of its own behind the last one. */
function beyond(blocks: readonly string[], block: number): string {
  const stages = Number(blocks.at(-1)?.split('.')[1] ?? -1) + 1;
  return `blocks.${stages + block - blocks.length - 1}.0`;
}

const WITH_EXPANSION = {
  expand: ['conv_pw', 'bn1'],
  depthwise: ['conv_dw', 'bn2'],
  project: ['conv_pwl', 'bn3'],
} as const;
const WITHOUT_EXPANSION = { expand: ['', ''], depthwise: ['conv_dw', 'bn1'], project: ['conv_pw', 'bn2'] } as const;

/** Convolution and BatchNorm of a place. */
function modulesAt(place: ModulePlace, blocks: readonly string[], isExpanded: boolean): readonly [string, string] {
  if (place.part === 'stem') return ['conv_stem', 'bn1'];
  if (place.part === 'head') return ['conv_head', 'bn2'];
  const block = blocks[place.block - 1] ?? beyond(blocks, place.block);
  const [convolution, norm] = (isExpanded ? WITH_EXPANSION : WITHOUT_EXPANSION)[place.part];
  return [`${block}.${convolution}`, `${block}.${norm}`];
}

/** timm pads and normalizes as PyTorch does; its networks that came from TensorFlow are no MobileNetV2. */
export const timm: NamingScheme = {
  name: 'timm',
  signature: 'conv_stem.weight',
  example: 'blocks.0.0.conv_dw.weight',
  conventions: () => ({ padding: 'symmetric', epsilon: 1e-5 }),
  constants(dict, names) {
    const blocks = blocksOf(names);
    const isExpanded = (block: number): boolean => {
      const known = blocks[block - 1];
      return known === undefined ? block > 1 : names.has(`${known}.conv_pwl.weight`);
    };
    const modules = (module: string): readonly [string, string] => {
      const place = placeOf(module, isExpanded);
      return modulesAt(place, blocks, 'block' in place && isExpanded(place.block));
    };
    return {
      ...channelsFirst(dict, {
        weights: module => `${modules(module)[0]}.weight`,
        norm: module => modules(module)[1],
        endings: TORCH_NORM,
      }),
      linear: (_module, outputs, inputs) => ({
        weights: dict.take('classifier.weight', [outputs, inputs]),
        bias: dict.take('classifier.bias', [outputs]),
      }),
    };
  },
};
