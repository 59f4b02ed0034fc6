/** The passes from a float graph to a folded one, in order, each verified. */
import type { Graph, Stage } from '../graph/graph.ts';
import { verify } from '../graph/verify.ts';
import { appendSoftmax } from './append-softmax.ts';
import { foldBatchNorm } from './fold-batch-norm.ts';
import { foldPads } from './fold-pads.ts';
import { fuseActivations } from './fuse-activations.ts';
import { removeUnused } from './remove-unused.ts';

/** The names of all passes in order, those that `compile` runs after these included. */
export const PASS_NAMES = [
  'remove-unused',
  'fold-batch-norm',
  'fold-pads',
  'fuse-activations',
  'append-softmax',
  'absorb-bias',
  'equalize',
  'calibrate',
  'quantize',
  'correct-bias',
] as const;
/** One of `PASS_NAMES`. */
export type PassName = (typeof PASS_NAMES)[number];

/** Called after every pass with its name, for `--dump-after`. */
export type PassObserver = (pass: PassName, graph: Graph<Stage>) => void;

/**
 * Runs the passes; `softmax` appends one where the network does not end with it.
 * @throws SnugError of the first pass that cannot do its work or leaves a graph that is not well formed
 */
export function foldGraph(
  graph: Graph<'float'>,
  options: { readonly softmax: boolean },
  observe: PassObserver = () => undefined,
): Graph<'folded'> {
  const after = <S extends Stage>(pass: PassName, result: Graph<S>): Graph<S> => {
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
