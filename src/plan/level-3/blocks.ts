/**
 * What can be computed a few channels at a time: inverted residual blocks (Sandler et al. 2018, "MobileNetV2: Inverted Residuals
 * and Linear Bottlenecks", figure 4), where a pointwise convolution expands, a depthwise one filters, a pointwise one
 * projects, and an addition may bring the block's input back; and a pointwise convolution whose output is only averaged, as at
 * the end of the network.
 */
import type { FlowWindow } from '../../ir/flow.ts';
import type { Chain, Link } from '../stream/chain.ts';

interface Place {
  /** The place of the block's input; places and steps count as in `Chain`. */
  readonly from: number;
  /** The place behind its last convolution or pooling. */
  readonly end: number;
  /** The place behind all of the block: that of the sum where there is an addition. */
  readonly to: number;
  /** The step that makes it what it is: the depthwise convolution, or the pooling. */
  readonly core: number;
}

/** An inverted residual; `expands` is false where the depthwise convolution reads the block's input itself. */
export type Residual = Place & { readonly kind: 'residual'; readonly window: FlowWindow; readonly expands: boolean };

/** A pointwise convolution and the pooling of its whole output. */
export type Pooled = Place & { readonly kind: 'pooled' };

export type Block = Residual | Pooled;

function isPointwise(link: Link | undefined): link is Link {
  return link?.flow?.kind === 'pixels' && link.step.node.kind === 'conv2d';
}

/** Channel c of the output depends on channel c of the input alone. */
function isDepthwise({ step, input, output }: Link): boolean {
  return step.node.kind === 'depthwiseConv2d' && input.channels === output.channels;
}

/** The blocks of a chain in their order; they do not overlap. */
export function blocksOf({ links }: Chain): readonly Block[] {
  const readLate = new Set(links.map(({ lateFrom }) => lateFrom));
  const blocks: Block[] = [];
  links.forEach((link, core) => {
    const { flow } = link;
    const free = core - 1 >= (blocks.at(-1)?.to ?? 0);
    const expands = free && isPointwise(links[core - 1]) && !readLate.has(core);
    if (flow?.kind === 'reduce' && expands) {
      blocks.push({ kind: 'pooled', from: core - 1, end: core + 1, to: core + 1, core });
    }
    if (flow?.kind !== 'window' || !isDepthwise(link)) return;
    if (!isPointwise(links[core + 1]) || readLate.has(core + 1)) return;
    const from = expands ? core - 1 : core;
    const end = core + 2;
    const sum = links[end];
    const adds = sum?.step.node.kind === 'add' && sum.lateFrom === from;
    blocks.push({ kind: 'residual', from, end, to: adds ? end + 1 : end, core, window: flow.window, expands });
  });
  return blocks;
}
