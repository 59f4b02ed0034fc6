/** The float network that an output folder was compiled from, to compare the compiled one with. */
import { SnugError } from '../../diagnostics/diagnostic.ts';
import type { Graph } from '../../graph/graph.ts';
import { foldGraph } from '../../passes/index.ts';
import type { OutputFolder } from '../../toolchain/output-folder.ts';
import { recallModel } from '../local-inputs.ts';
import { loadNetwork, type Network } from '../network.ts';
import { settingsOf } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { commonFlags, type EvalFlags } from './flags.ts';

/** The model that is given, or else the one that the folder remembers, which may have gone since. */
async function givenOrRemembered(output: OutputFolder, flags: EvalFlags, out: Terminal): Promise<Network | null> {
  // The program has the scaling of its input in the table of pixels, or as layers.
  const keepScaling = output.manifest.provenance.preprocess?.inside == null;
  if (flags.model !== undefined || typeof flags.config === 'string') {
    return loadNetwork((await settingsOf(commonFlags(flags), out)).model, { keepScaling });
  }
  const model = await recallModel(output.path);
  if (model === null) return null;
  return loadNetwork(model, { keepScaling }).catch((error: unknown) => {
    if (error instanceof SnugError) return null;
    throw error;
  });
}

/** What quantization keeps of each layer, as text: its name, operator, settings and the shape of its output. */
function layersOf(graph: Graph<'folded'> | Graph<'quantized'>): readonly string[] {
  const finite = (_key: string, value: unknown): unknown => (typeof value === 'number' ? String(value) : value);
  const input = graph.tensors[graph.input]!.shape;
  const layers = graph.nodes.map(({ name, kind, attributes, output }) =>
    JSON.stringify([name, kind, attributes, graph.tensors[output]!.shape], finite),
  );
  return [input.join(), ...layers];
}

/** Whether a folded network has the layers of a compiled one, which may end with the softmax of `--softmax` besides. */
function isSourceOf(float: Graph<'folded'>, quantized: Graph<'quantized'>): boolean {
  const [expected, actual] = [layersOf(quantized), layersOf(float)];
  const appended = expected.length - actual.length;
  if (appended !== 0 && !(appended === 1 && quantized.nodes.at(-1)?.kind === 'softmax')) return false;
  return actual.every((layer, i) => layer === expected[i]);
}

/** The float network, where it can be found and is the right one; else null, with a note that says why. */
export async function floatNetwork(
  output: OutputFolder,
  flags: EvalFlags,
  out: Terminal,
): Promise<Graph<'folded'> | null> {
  if (!flags.reference) return null;
  const network = await givenOrRemembered(output, flags, out);
  if (network === null) {
    out.note('the float network is not known here; give --model or --config to compare with it');
    return null;
  }
  const { provenance } = output.manifest;
  const hashes = [provenance.model?.sha256, provenance.weights?.sha256];
  if (hashes[0] !== network.origin.model?.sha256 || hashes[1] !== network.origin.weights?.sha256) {
    out.note('the model file has changed since this folder was compiled: its float figures are not shown');
    return null;
  }
  if (network.graph.stage === 'quantized') {
    out.note('the model file is quantized: there is no float network to compare with');
    return null;
  }
  const folded = foldGraph(network.graph as Graph<'float'>, { softmax: false });
  if (isSourceOf(folded, output.graph)) return folded;
  out.note('the model is not the one that this folder was compiled from: its float figures are not shown');
  return null;
}
