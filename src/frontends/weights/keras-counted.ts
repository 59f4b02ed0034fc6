/**
 * Layers of keras.applications.MobileNetV2 in files of Keras 3.0 to 3.6, which count the layers of each class in the order of
 * the model and do not name them.
 */

const GROUP = /^((?:.*\/)?)(conv2d|depthwise_conv2d|batch_normalization|dense)(?:_(\d+))?$/;
const PARTS = ['expand', 'depthwise', 'project'] as const;

type Part = (typeof PARTS)[number];

const layer = (block: number, part: Part): string => `${block === 0 ? 'expanded_conv' : `block_${block}`}_${part}`;

/** The first block expands nothing, so that the stem has the place of its expansion. */
function nameOf(kind: string, count: number, blocks: number): string {
  if (kind === 'depthwise_conv2d') return layer(count, 'depthwise');
  if (kind === 'dense') return 'predictions';
  if (kind === 'conv2d') {
    if (count === 2 * blocks) return 'Conv_1';
    return count === 0 ? 'Conv1' : layer(Math.floor(count / 2), count % 2 === 0 ? 'expand' : 'project');
  }
  if (count === 3 * blocks) return 'Conv_1_bn';
  return count === 0 ? 'bn_Conv1' : `${layer(Math.floor(count / 3), PARTS[count % 3]!)}_BN`;
}

/**
 * Names of the layers by their groups; empty for a model that does not have as many layers of each class as a MobileNetV2.
 * @param groups paths of layers, `layers/conv2d_3`, or `layers/functional/layers/conv2d_3` of models within models
 */
export function countedLayers(groups: Iterable<string>): ReadonlyMap<string, string> {
  const found = [...groups].flatMap(path => {
    const [, folder, kind, count = '0'] = GROUP.exec(path) ?? [];
    return folder === undefined || kind === undefined ? [] : [{ path, folder, kind, count: Number(count) }];
  });
  const folder = found.find(({ kind }) => kind === 'depthwise_conv2d')?.folder;
  const inside = found.filter(group => group.folder === folder);
  const countOf = (kind: string): number => inside.filter(group => group.kind === kind).length;
  const blocks = countOf('depthwise_conv2d');
  if (countOf('conv2d') !== 2 * blocks + 1 || countOf('batch_normalization') !== 3 * blocks + 1) return new Map();
  return new Map(inside.map(({ path, kind, count }) => [path, nameOf(kind, count, blocks)]));
}
