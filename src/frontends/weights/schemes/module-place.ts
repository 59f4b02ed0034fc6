/** Where in MobileNetV2 a module of torchvision's state dict is; other frameworks call the same places differently. */

/** A convolution and its BatchNorm share a place. Blocks count from 1. */
export type ModulePlace =
  | { readonly part: 'stem' }
  | { readonly part: 'head' }
  | { readonly part: 'expand' | 'depthwise' | 'project'; readonly block: number };

/**
 * `features.0.0` is the stem, `features.3.conv.1.0` the depthwise convolution of block 3. Without expansion, modules in a
 * block count one lower; a projection has its own number, and its BatchNorm the next.
 */
export function placeOf(module: string, isExpanded: (block: number) => boolean): ModulePlace {
  const [, index, conv, place] = module.split('.');
  const block = Number(index);
  if (conv !== 'conv') return { part: block === 0 ? 'stem' : 'head' };
  const step = Number(place) + (isExpanded(block) ? 0 : 1);
  return { part: step === 0 ? 'expand' : step === 1 ? 'depthwise' : 'project', block };
}
