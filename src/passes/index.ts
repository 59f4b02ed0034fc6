/** The passes from a float graph to a folded one, in order, each verified. */
import type { Graph, Stage } from '../graph/graph.ts';
import { verify } from '../graph/verify.ts';
import { appendSoftmax } from './append-softmax.ts';
import { foldBatchNorm } from './fold-batch-norm.ts';
import { foldPads } from './fold-pads.ts';
import { fuseActivations } from './fuse-activations.ts';
import { removeUnused } from './remove-unused.ts';

/** Called after every pass with its name, for `--dump-after`. */
export type PassObserver = (pass: string, graph: Graph<Stage>) => void;

export function foldGraph(
  graph: Graph<'float'>,
  options: { readonly softmax: boolean },
  observe: PassObserver = () => undefined,
): Graph<'folded'> {
  const after = <S extends Stage>(pass: string, result: Graph<S>): Graph<S> => {
    const verified = verify(result, pass);
    observe(pass, verified as unknown as Graph<Stage>);
    return verified;
  };
  const used = after('remove-unused', removeUnused(graph));
  const normalized = after('fold-batch-norm', foldBatchNorm(used));
  const unpadded = after('fold-pads', foldPads(normalized));
  const fused = after('fuse-activations', fuseActivations(unpadded));
  return options.softmax ? after('append-softmax', appendSoftmax(fused)) : fused;
}
